import type { Random } from "./random";

/** When a scenario's messages were sent: hours before the seeding for the i-th of n. */
export type AgePattern = (index: number, count: number, random: Random) => number;

/** Young enough to be news, old enough that every retry, lock and expiry of its story is over. */
const YOUNGEST_HOURS = 0.15;

/** Evenly over the last `hours`. */
export function steady(hours: number): AgePattern {
  return (index, count, random) => YOUNGEST_HOURS + (hours - YOUNGEST_HOURS) * ((index + random.next()) / count);
}

/** From `hours` ago on, more and more. */
export function growing(hours: number): AgePattern {
  return (index, count, random) => YOUNGEST_HOURS + (hours - YOUNGEST_HOURS) * ((index + random.next()) / count) ** 2;
}

/** All between `from` and `to` hours ago. */
export function within(from: number, to: number): AgePattern {
  return (index, count, random) => to + (from - to) * ((index + random.next()) / count);
}

/** A share in a burst that began `hours` ago and lasted `burstHours`, the rest evenly since. */
export function burstThenSteady(hours: number, burstHours: number, share: number): AgePattern {
  const burst = within(hours, hours - burstHours);
  const since = steady(hours - burstHours);
  return (index, count, random) => (random.chance(share) ? burst(index, count, random) : since(index, count, random));
}
