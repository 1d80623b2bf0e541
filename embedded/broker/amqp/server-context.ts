import type { Container } from "rhea";
import type { BrokerNamespace } from "../engine/namespace";
import type { Authority } from "./authority";
import type { Faults } from "./faults";

/** What all connections of one broker share. */
export interface ServerContext {
  readonly container: Container;
  readonly namespace: BrokerNamespace;
  readonly authority: Authority;
  readonly faults: Faults;
  readonly timeouts: Timeouts;
  /** Writes the journal out; called before anything that depends on it goes on the wire. */
  flush(): void;
  log(event: string, fields: Record<string, unknown>): void;
}

/** How long a client may keep silent, in ms of real time. */
export interface Timeouts {
  /** From its connect to its open: a connection that never says what it wants is closed. */
  readonly openMs: number;
  /** What the broker's open announces; twice this without a byte ends the connection. */
  readonly idleMs: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = { openMs: 30_000, idleMs: 120_000 };
