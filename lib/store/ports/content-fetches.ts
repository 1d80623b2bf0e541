/** How a wish to look at a message stands that is larger than what is kept. */
export interface ContentFetch {
  readonly state: "wanted" | "fetching" | "fetched" | "failed";
  /** Why it failed, in words; null otherwise. */
  readonly error: string | null;
}

/** One message that a worker is to fetch, with what tells it from another under the same key. */
export interface WantedContent {
  readonly deadLetterId: string;
  readonly namespace: string;
  readonly entityPath: string;
  readonly subQueue: "dead-letter" | "transfer-dead-letter" | "forwarded";
  readonly key: string;
  readonly position: bigint;
  readonly contentHash: Uint8Array;
}

/** Messages that are fetched from the broker because somebody looks at them, and are dropped again after a while. */
export interface ContentFetchStore {
  /** Asks for a message, again when an earlier attempt failed; null when it has left its queue. */
  want(deadLetterId: string): Promise<ContentFetch | null>;
  /** Null: nobody has asked, or it was dropped again. */
  find(deadLetterId: string): Promise<ContentFetch | null>;
  /** Takes up to `limit` that no live worker is at. */
  claim(request: {
    readonly worker: string;
    readonly namespaces: readonly string[];
    readonly limit: number;
    readonly leaseSeconds: number;
  }): Promise<WantedContent[]>;
  /** Does nothing once another worker has taken it over. */
  keep(deadLetterId: string, worker: string, encoded: Uint8Array, forSeconds: number): Promise<void>;
  fail(deadLetterId: string, worker: string, error: string): Promise<void>;
  /** Drops what was kept long enough, and failures nobody has asked about since. */
  dropExpired(): Promise<void>;
}
