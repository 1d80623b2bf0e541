import type { BrokerClock } from "../clock";
import { BrokerFault } from "../engine/broker-fault";

/** How long the service asks a throttled client to wait. */
const COOL_DOWN_MS = 2000;

/**
 * The credits of a Standard namespace: so many a second; a send, a receive and a peek cost 1 per message, a management
 * call 10. When a second's credits are used up, requests are refused for the rest of it.
 */
export class CreditMeter {
  readonly #clock: BrokerClock;
  readonly #namespace: string;
  #perSecond: number | null = null;
  #second = 0;
  #usedInSecond = 0;
  #used = 0;
  #refused = 0;

  constructor(clock: BrokerClock, namespace: string) {
    this.#clock = clock;
    this.#namespace = namespace;
  }

  /** Null: credits are counted but never run out. */
  limit(perSecond: number | null): void {
    this.#perSecond = perSecond;
    this.#usedInSecond = 0;
  }

  /** Takes credits, whether or not there are any left: what has been delivered cannot be refused any more. */
  take(credits: number): void {
    this.#turn();
    this.#used += credits;
    this.#usedInSecond += credits;
  }

  /** Takes credits. Throws `BrokerFault` server-busy when this second's are used up. */
  demand(credits: number): void {
    this.#turn();
    if (this.#perSecond !== null && this.#usedInSecond >= this.#perSecond) {
      this.#refused++;
      throw serverBusy(this.#namespace);
    }
    this.take(credits);
  }

  get reading(): { used: number; refused: number; perSecond: number | null; usedThisSecond: number } {
    this.#turn();
    return { used: this.#used, refused: this.#refused, perSecond: this.#perSecond, usedThisSecond: this.#usedInSecond };
  }

  #turn(): void {
    const second = Math.floor(this.#clock.now() / 1000);
    if (second === this.#second) return;
    this.#second = second;
    this.#usedInSecond = 0;
  }
}

export function serverBusy(namespace: string): BrokerFault {
  return new BrokerFault(
    "com.microsoft:server-busy",
    `The request was terminated because the namespace ${namespace} is being throttled. Error code: 50009. Please wait ${COOL_DOWN_MS / 1000} seconds and try again.`,
  );
}
