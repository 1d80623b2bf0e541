/**
 * How deep into a DLQ a replay can reach. A broker that locks in order only is locked through from the front: what is not
 * wanted keeps its lock until it runs out, and then stands at the front again. So no more messages that stay can be passed
 * than can be received while a lock lasts.
 */

/** What is assumed of a DLQ that no worker has locked through yet, messages a second. */
export const UNMEASURED_LOCK_RATE = 500;
/** Credits a second of a Standard namespace, for everybody; a message received costs one. */
export const NAMESPACE_CREDITS = 1_000;
/** Of the lock time: the rest is for the calls between receives, and for clocks that are not ours. */
const USABLE_SHARE = 0.8;

export interface PickingReach {
  /** Messages that stay, which may stand before one that is to be sent. */
  readonly messages: number;
  /** Messages a second that are counted with. */
  readonly rate: number;
  readonly lockSeconds: number;
  /** What bounds the rate. */
  readonly by: "measured" | "assumed" | "credits";
}

/** `creditsLeft`: credits a second that the namespace leaves to receives; null: it counts none. */
export function pickingReach(facts: {
  readonly lockSeconds: number;
  readonly measuredRate: number | null;
  readonly creditsLeft: number | null;
}): PickingReach {
  const { lockSeconds, measuredRate, creditsLeft } = facts;
  const able = measuredRate ?? UNMEASURED_LOCK_RATE;
  const rate = creditsLeft === null ? able : Math.min(able, creditsLeft);
  const by = rate < able ? "credits" : measuredRate === null ? "assumed" : "measured";
  return { messages: Math.floor(rate * lockSeconds * USABLE_SHARE), rate, lockSeconds, by };
}

/** The new estimate after `messages` were locked in `ms`, of calls that were not waiting for messages. */
export function measuredLockRate(before: number | null, messages: number, ms: number): number {
  const now = (messages * 1000) / Math.max(1, ms);
  return before === null ? now : 0.7 * before + 0.3 * now;
}
