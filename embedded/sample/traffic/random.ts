import { createHash } from "node:crypto";

/** Random choices that are the same on every machine for one seed: a bug seen in the sample can be seen again. */
export interface Random {
  /** At least 0, below 1. */
  next(): number;
  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number;
  pick<T>(items: readonly [T, ...T[]]): T;
  chance(probability: number): boolean;
}

/** The mulberry32 generator: small, quick and good enough for traffic; never for secrets. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    whole: (low, high) => low + Math.floor(next() * (high - low + 1)),
    pick: (items) => items[Math.floor(next() * items.length)] ?? items[0],
    chance: (probability) => next() < probability,
  };
}

/**
 * A UUID that follows from its parts, so that a message processed twice causes the same next message and not another.
 */
export function uuidOf(...parts: readonly (string | number | bigint)[]): string {
  const digest = createHash("sha256").update(parts.join("\n")).digest();
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x80;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  const hex = digest.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

/** `length` hexadecimal digits that follow from the parts: trace and span ids. */
export function hexOf(length: number, ...parts: readonly (string | number | bigint)[]): string {
  return createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, length);
}
