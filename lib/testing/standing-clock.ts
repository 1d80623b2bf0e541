import type { BrokerClock } from "../../embedded/broker/clock";

/** A broker's clock that stands still until it is moved: what happens within one second of it is exact. */
export class StandingClock implements BrokerClock {
  #now: number;
  #at = Number.POSITIVE_INFINITY;
  #wake: () => void = () => {};

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  wakeAt(at: number, wake: () => void): void {
    this.#at = at;
    this.#wake = wake;
  }

  advance(ms: number): void {
    this.#now += ms;
    if (this.#at > this.#now) return;
    this.#at = Number.POSITIVE_INFINITY;
    this.#wake();
  }

  stop(): void {
    this.#at = Number.POSITIVE_INFINITY;
  }
}
