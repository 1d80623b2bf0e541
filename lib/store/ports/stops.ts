import type { StandingStop } from "@/lib/contracts/stops";

export interface StopStore {
  /** Stands from its commit on: no intent commits after that. Null namespace: all. Answers null when one of that scope stands. */
  stop(stop: { namespaceId: number | null; reason: string; by: string }): Promise<number | null>;
  /** Answers null when it does not stand any more, and undefined when there is none of that number. */
  lift(id: number, lift: { reason: string; by: string }): Promise<{ namespace: string | null } | null | undefined>;
  /** Oldest first. */
  standing(): Promise<StandingStop[]>;
  /** Null when no configured namespace has that name. */
  namespaceId(name: string): Promise<number | null>;
  /** Replays that are running, of one namespace or of all. */
  countRunning(namespaceId: number | null): Promise<number>;
}
