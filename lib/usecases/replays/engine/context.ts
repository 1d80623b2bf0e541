import type { Broker, MessageCodec } from "@/lib/brokers/broker";
import type { Actor } from "@/lib/domain/audit";
import type { Store } from "@/lib/store/ports";

/** Where a crash test may stop the engine; the names of replay-safety's list. */
export type Step =
  /** Messages are locked, nothing is claimed. The ids are the DLQ's own alone. */
  | "locked"
  | "claimed"
  /** The intents are committed, nothing is sent. */
  | "intended"
  /** The send was begun, the broker's answer is not known. */
  | "on-the-wire"
  /** The broker has accepted, the ledger does not say so. */
  | "answered"
  /** The ledger says sent, the original is still there. */
  | "recorded"
  /** The original is gone, the ledger does not say so. */
  | "completed";

export interface Timing {
  /** A worker that has not renewed for so long has lost its items, ms. */
  readonly leaseMs: number;
  /** After it a send without an answer is in doubt, ms. */
  readonly sendTimeoutMs: number;
  /** Lock time kept for recording and completing after a send, ms. */
  readonly settleMs: number;
}

export const TIMING: Timing = { leaseMs: 15_000, sendTimeoutMs: 10_000, settleMs: 5_000 };

/** The lease as this process knows it, on its monotonic clock, counted from before the request that renewed it. */
export interface Lease {
  isValid(): boolean;
  /** Another worker has taken over: write nothing any more. */
  isLost(): boolean;
  /** How often it ran out and was renewed, since nobody had taken over: what was written meanwhile may have found no valid lease. */
  readonly lapses: number;
}

/** One configured namespace and what reads its messages. */
export interface Connection {
  readonly broker: Broker;
  readonly codec: MessageCodec;
  /** Ceiling of the namespace, copies a second. */
  readonly maxReplayRate: number;
}

export interface EngineLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface EngineContext {
  readonly store: Store;
  readonly workerId: string;
  readonly actor: Extract<Actor, { kind: "worker" }>;
  readonly connections: ReadonlyMap<string, Connection>;
  readonly timing: Timing;
  readonly lease: Lease;
  readonly log: EngineLog;
  /** Monotonic, ms; the clock of LockedMessage.receivedAt. */
  readonly now: () => number;
  /** Observes steps; an answer that never comes holds the engine there. Production passes none. */
  readonly onStep?: (step: Step, ids: readonly string[]) => void | Promise<void>;
}
