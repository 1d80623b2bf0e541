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
  /** Writes the journal out; called before anything that depends on it goes on the wire. */
  flush(): void;
  log(event: string, fields: Record<string, unknown>): void;
}
