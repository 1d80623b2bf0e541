/** One DLQ that exists in a configured namespace, as the monitoring sees it. Times are null when unknown. */
export interface QueueMetrics {
  readonly id: number;
  readonly namespace: string;
  readonly entityPath: string;
  readonly subQueue: string;
  readonly brokerCount: number | null;
  /** By the peek of one; null with `oldestReadAt`: empty. */
  readonly oldestEnqueuedAt: Date | null;
  readonly oldestReadAt: Date | null;
  /** Root of the oldest copy of a replay that came back: a failed replay makes nothing younger (R12). */
  readonly oldestReturnedRoot: Date | null;
  readonly scannedAt: Date | null;
  readonly walkedAt: Date | null;
  readonly reasons: readonly { readonly reason: string; readonly count: number }[];
}

export interface MetricsReading {
  /** The database's clock; ages are counted from it. */
  readonly at: Date;
  readonly queues: readonly QueueMetrics[];
  /** Items of replays that have not ended, and whatever is still open of ended ones. */
  readonly items: readonly { readonly state: string; readonly count: number }[];
  readonly liveWorkers: number;
}

export interface MetricsStore {
  read(): Promise<MetricsReading>;
}
