export interface WorkerStore {
  register(worker: { id: string; host: string; pid: number; leaseMs: number }): Promise<void>;
  /** Ends in order: its lease is over, and whoever comes next need not wait. */
  end(workerId: string): Promise<void>;
  countLive(): Promise<number>;
}

/** On connections of its own: what keeps the others busy, or silent, must not cost the lease. */
export interface LeaseStore {
  /**
   * Renews a worker's lease. False: another worker has taken over; this one must write nothing any more. Rejects when there is no answer
   * `mostMs` after it was asked, or no connection after 5 s; it may be renewed all the same.
   */
  renew(workerId: string, leaseMs: number, mostMs: number): Promise<boolean>;
}
