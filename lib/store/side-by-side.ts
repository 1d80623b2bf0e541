import type { Database } from "./database";

/**
 * Reads beside each other on connections of the pool; one after the other within a transaction, which has one connection. The reads
 * need not agree with each other: each has a snapshot of its own, but in a transaction that asks for more.
 */
export async function sideBySide<A, B, C = undefined>(
  db: Database,
  reads: readonly [() => Promise<A>, () => Promise<B>, (() => Promise<C>)?],
): Promise<[A, B, C]> {
  const third = reads[2] ?? (() => Promise.resolve(undefined as C));
  if ("$transaction" in db) return Promise.all([reads[0](), reads[1](), third()]);
  return [await reads[0](), await reads[1](), await third()];
}
