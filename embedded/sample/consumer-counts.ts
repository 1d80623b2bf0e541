import type { Verdict } from "./consumers/consumer";

/** What a consumer has done since this process began. */
export interface ConsumerCounts {
  completed: number;
  deadLettered: number;
  /** Deliveries given back, or held for longer than their lock. */
  notSettled: number;
  lastFailure: string | null;
}

export type Counts = ReadonlyMap<string, ConsumerCounts>;

export function createCounts(names: readonly string[]): Counts {
  return new Map(names.map((name) => [name, { completed: 0, deadLettered: 0, notSettled: 0, lastFailure: null }]));
}

export function count(counts: Counts, consumer: string, verdict: Verdict): void {
  const entry = counts.get(consumer);
  if (!entry) return;
  switch (verdict.act) {
    case "complete":
      entry.completed += 1;
      break;
    case "dead-letter":
      entry.deadLettered += 1;
      entry.lastFailure = verdict.description.split("\n", 1)[0] ?? null;
      break;
    case "abandon":
    case "outlast-lock":
      entry.notSettled += 1;
      entry.lastFailure = verdict.because;
      break;
  }
}
