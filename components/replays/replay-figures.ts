import type { ReplaySummary } from "@/lib/contracts/replays";
import type { ItemState } from "@/lib/domain/replay-states";

type Counts = ReplaySummary["items"];
const sum = (items: Counts, states: readonly ItemState[]) =>
  states.reduce((total, state) => total + (items[state] ?? 0), 0);

/** Copies that the broker took, whether their originals are gone yet or not. */
export const sentCount = (items: Counts) => sum(items, ["sent", "settled"]);

/** Those that are still to be sent, or on their way. */
export const openCount = (items: Counts) => sum(items, ["planned", "claimed", "sending"]);

/** Those that a cancel leaves unsent. */
export const waitingCount = (items: Counts) => sum(items, ["planned", "claimed"]);

/** Those that will never be sent by this replay, in the order in which they are told. */
export const UNSENT: readonly ItemState[] = ["refused", "gone", "changed", "failed", "cancelled"];
export const unsentCount = (items: Counts) => sum(items, UNSENT);

/** Plot of the real rate: every second from the first to the last, those without a send as 0. */
export function rateSeries(
  sends: readonly { second: string; sent: number }[],
  until: number,
): { seconds: number[]; sent: number[] } {
  const bySecond = new Map(sends.map((entry) => [Math.floor(Date.parse(entry.second) / 1000), entry.sent]));
  const first = Math.min(...bySecond.keys());
  const last = Math.max(...bySecond.keys(), Math.floor(until / 1000));
  const seconds: number[] = [];
  const sent: number[] = [];
  if (!Number.isFinite(first)) return { seconds, sent };
  // At least half a minute wide, so that a short replay does not look like a long one.
  for (let second = Math.min(first, last - 30); second <= last; second += 1) {
    seconds.push(second);
    sent.push(bySecond.get(second) ?? 0);
  }
  return { seconds, sent };
}
