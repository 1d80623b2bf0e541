import type { Delivery, SampleMessage } from "../traffic/message";

/** What a consumer decides about one delivery; the simulation and the live receivers carry it out alike. */
export type Verdict =
  | { readonly act: "complete"; readonly sends: readonly SampleMessage[] }
  | { readonly act: "dead-letter"; readonly reason: string; readonly description: string }
  /** Give the message back after a while, to be delivered again: its delivery count rises. */
  | { readonly act: "abandon"; readonly afterMs: number; readonly because: string }
  /** Work for longer than the lock lasts, so that the broker delivers it to the next one. */
  | { readonly act: "outlast-lock"; readonly because: string };

/** What is known at the moment of processing. */
export interface Surroundings {
  /** Whether this consumer's fix is deployed. */
  readonly fixed: boolean;
  readonly now: Date;
  /** When the sample was seeded: past outages count back from here. */
  readonly epoch: Date;
}

/** A way in which a consumer is known to fail, for the page that deploys fixes. */
export interface Fault {
  /** The reason code on its dead letters. */
  readonly reason: string;
  readonly what: string;
  /** What lets its dead letters be consumed when they are replayed. */
  readonly cure: "deploy the fix" | "edit the payload" | "replay, the outage is over";
}

export interface Consumer {
  /** Name of the service, as in the page's addresses. */
  readonly name: string;
  /** Where it receives: "orders" or "order-events/Subscriptions/billing". */
  readonly entity: string;
  readonly does: string;
  readonly faults: readonly Fault[];
  /** What the fix changes; null when there is nothing to fix. */
  readonly fix: string | null;
  /** Throws for what its author did not foresee; see `consume`. */
  handle(delivery: Delivery, around: Surroundings): Verdict;
  /** The dead-lettering that this service does when `handle` throws. */
  onError(error: unknown, delivery: Delivery): Verdict;
}

/** One delivery through a consumer. */
export function consume(consumer: Consumer, delivery: Delivery, around: Surroundings): Verdict {
  try {
    return consumer.handle(delivery, around);
  } catch (error) {
    return consumer.onError(error, delivery);
  }
}

export function done(...sends: SampleMessage[]): Verdict {
  return { act: "complete", sends };
}
