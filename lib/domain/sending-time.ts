import type { Ramp, RampStep } from "./ramp";

/** What decides how long a plan sends. The time that the broker takes for a copy counts only where copies wait for one another. */
export interface Sending {
  readonly count: number;
  /** Copies a second. */
  readonly rate: number;
  readonly burst: number;
  readonly ramp: Ramp | null;
  /** Messages of the session that has most of them, where they go one after the other; null: their order does not count. */
  readonly longestSession: number | null;
  /** Seconds in which messages that stay are locked on the way. */
  readonly passingSeconds: number;
}

/**
 * Counted for each message of a session that goes one after the other: its intent is committed, the broker answers, the answer is committed, and then
 * comes the next. An assumption, for a broker and a database that are near: nothing is known of a target's answers before the first send.
 */
export const SESSION_TURN_SECONDS = 0.02;

/** Quiet hours from one moment to another. */
export interface QuietSpan {
  readonly begins: Date;
  readonly ends: Date;
  /** Copies a second in them; null: nothing is sent. */
  readonly rate: number | null;
}

/** What quiet hours do to a plan, at most. */
type QuietEffect = "none" | "slower" | "stopped";

/** Seconds from the first send to the last, a canary's wait included and quiet hours left out. */
export function expectedSeconds(sending: Sending): number {
  return new Walk([], Number.POSITIVE_INFINITY).through(sending);
}

/** When sends that begin at `begins` end, through all quiet hours. `quiet` has those up to `horizon`; `endsAt` null: not before that. */
export function endOfSending(
  sending: Sending,
  { begins, quiet, horizon }: { readonly begins: Date; readonly quiet: readonly QuietSpan[]; readonly horizon: Date },
): { readonly endsAt: Date | null; readonly quiet: QuietEffect } {
  const since = (moment: Date) => (moment.getTime() - begins.getTime()) / 1000;
  const spans = quiet.map(({ begins: from, ends, rate }) => ({ from: since(from), to: since(ends), rate: rate ?? 0 }));
  const walk = new Walk(spans, since(horizon));
  const seconds = walk.through(sending);
  return {
    endsAt: seconds < since(horizon) ? new Date(begins.getTime() + seconds * 1000) : null,
    quiet: walk.quiet,
  };
}

/** In seconds from the begin. */
interface Span {
  readonly from: number;
  readonly to: number;
  /** 0: nothing is sent. */
  readonly rate: number;
}

/** From one moment at which quiet hours begin or end to the next; the least rate of those that hold. */
interface Segment {
  readonly from: number;
  readonly until: number;
  readonly rate: number;
}

/** The spans one after the other, in time: many policies may hold, each with hours of its own. */
function segmentsOf(spans: readonly Span[]): Segment[] {
  const moments = [
    ...spans.map((span) => ({ at: span.from, span, by: 1 })),
    ...spans.map((span) => ({ at: span.to, span, by: -1 })),
  ].toSorted((a, b) => a.at - b.at);
  const holding = new Map<number, number>();
  const segments: Segment[] = [];
  let from = Number.NEGATIVE_INFINITY;
  for (const { at, span, by } of moments) {
    if (at > from) segments.push({ from, until: at, rate: Math.min(Number.POSITIVE_INFINITY, ...holding.keys()) });
    from = at;
    const count = (holding.get(span.rate) ?? 0) + by;
    if (count === 0) holding.delete(span.rate);
    else holding.set(span.rate, count);
  }
  return [...segments, { from, until: Number.POSITIVE_INFINITY, rate: Number.POSITIVE_INFINITY }];
}

/** A clock that is put forward by what is sent, as the database's pace of a replay would have it. */
class Walk {
  readonly #segments: readonly Segment[];
  readonly #ends: ReadonlySet<number>;
  readonly #horizon: number;
  #at = 0;
  /** The segment that `at` lies in, or one before it. */
  #segment = 0;
  /** Seconds in which copies went. */
  #sent = 0;
  quiet: QuietEffect = "none";

  constructor(spans: readonly Span[], horizon: number) {
    this.#segments = segmentsOf(spans);
    this.#ends = new Set(spans.map(({ to }) => to));
    this.#horizon = horizon;
  }

  /** The second of the end; the horizon or later: not before it. */
  through({ count, rate, burst, ramp, longestSession, passingSeconds }: Sending): number {
    if (count === 0) return 0;
    const steps = ramp?.steps ?? [];
    const canary = Math.min(ramp?.canary?.count ?? 0, count);
    if (canary > 0) {
      this.#send(canary - burst, [{ rate: steps[0]?.rate ?? rate, seconds: Number.POSITIVE_INFINITY }], rate);
      if (count > canary) this.#at += ramp?.canary?.waitSeconds ?? 0;
    }
    if (count > canary) this.#send(canary === 0 ? count - burst : count - canary, steps, rate);
    const sessionSeconds = (longestSession ?? 0) * SESSION_TURN_SECONDS;
    this.#work(Math.max(0, sessionSeconds - this.#sent) + passingSeconds);
    return this.#at;
  }

  #send(count: number, steps: readonly RampStep[], rate: number): void {
    this.#waitForLeave();
    let left = count;
    let stepsSince = this.#at;
    while (left > 0 && this.#at < this.#horizon) {
      const quiet = this.#inForce();
      const step = stepFrom(stepsSince, this.#at, steps);
      const own = Math.min(rate, step.rate);
      if (quiet.rate < own) this.#meet(quiet.rate);
      const pace = Math.min(own, quiet.rate);
      const until = Math.min(quiet.until, step.until);
      if (pace > 0) {
        const seconds = Math.min(left / pace, until - this.#at);
        this.#sent += seconds;
        if (this.#at + left / pace <= until) {
          this.#at += seconds;
          return;
        }
        left -= pace * seconds;
      }
      this.#at = until;
      // After quiet hours the steps begin anew.
      if (this.#ends.has(until)) stepsSince = until;
    }
  }

  /** What has no rate of its own, but stands still where nothing is sent. */
  #work(seconds: number): void {
    let left = seconds;
    while (left > 0 && this.#at < this.#horizon) {
      this.#waitForLeave();
      const taken = Math.min(left, this.#inForce().until - this.#at);
      this.#at += taken;
      left -= taken;
    }
  }

  #waitForLeave(): void {
    for (let quiet = this.#inForce(); quiet.rate === 0; quiet = this.#inForce()) {
      this.#meet(quiet.rate);
      this.#at = quiet.until;
    }
  }

  #inForce(): { readonly rate: number; readonly until: number } {
    let segment = this.#segments[this.#segment] as Segment;
    while (segment.until <= this.#at) segment = this.#segments[++this.#segment] as Segment;
    return { rate: segment.rate, until: segment.until };
  }

  #meet(rate: number): void {
    if (rate === 0) this.quiet = "stopped";
    else if (this.quiet === "none") this.quiet = "slower";
  }
}

/** The step that is in force, and until when; after the last the plan's own rate alone holds. */
function stepFrom(
  since: number,
  at: number,
  steps: readonly RampStep[],
): { readonly rate: number; readonly until: number } {
  let until = since;
  for (const step of steps) {
    until += step.seconds;
    if (at < until) return { rate: step.rate, until };
  }
  return { rate: Number.POSITIVE_INFINITY, until: Number.POSITIVE_INFINITY };
}
