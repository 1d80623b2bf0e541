export interface WorkerStore {
  register(worker: { id: string; host: string; pid: number; leaseMs: number }): Promise<void>;
  /** Renews the lease. False: another worker has taken over; this one must write nothing any more. */
  renew(workerId: string, leaseMs: number): Promise<boolean>;
  /** Ends in order: its lease is over, and whoever comes next need not wait. */
  end(workerId: string): Promise<void>;
  countLive(): Promise<number>;
}
