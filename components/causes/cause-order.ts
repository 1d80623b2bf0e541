import * as z from "zod";
import { ageBucket, ageClock, type CauseSummary } from "@/lib/contracts/queues";
import { CAUSE_STATES } from "@/lib/domain/cause-states";
import { ownerOf } from "./cause-words";

/** URL state of a queue's list of causes. */
export const causesState = z.object({
  q: z.string().max(200).optional(),
  reason: z.string().max(1024).optional(),
  age: ageBucket.optional(),
  /** What ages are counted from. */
  clock: ageClock.default("enqueued"),
  state: z.enum(CAUSE_STATES).optional(),
  /** Of the cause or of its reason: a person's id, or "nobody". */
  owner: z.union([z.literal("nobody"), z.uuid()]).optional(),
  sort: z.enum(["messages", "oldest", "first-seen", "last-seen"]).default("messages"),
});
export type CausesState = z.output<typeof causesState>;

/** Messages of a cause that the age filter lets through. */
export function countIn(cause: CauseSummary, age: CausesState["age"]): number {
  return age ? cause.ages[age] : cause.count;
}

/** A merged cause, or one that a rule makes, may be shown for messages of several reasons. */
function reasonsOf(cause: CauseSummary): string[] {
  return [cause.reason, ...cause.otherReasons];
}

/** Filters and orders a queue's causes. */
export function arrangeCauses(causes: readonly CauseSummary[], state: CausesState): CauseSummary[] {
  const words = (state.q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const found = causes.filter((cause) => {
    if (state.reason !== undefined && !reasonsOf(cause).includes(state.reason)) return false;
    if (state.state !== undefined && cause.work.state !== state.state) return false;
    if (state.owner !== undefined && (ownerOf(cause.work)?.id ?? "nobody") !== state.owner) return false;
    if (state.age && countIn(cause, state.age) === 0) return false;
    const text =
      `${cause.work.title ?? ""} ${ownerOf(cause.work)?.name ?? ""} ${reasonsOf(cause).join(" ")} ${cause.signature} ${cause.example ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  switch (state.sort) {
    case "messages":
      return found.sort((a, b) => countIn(b, state.age) - countIn(a, state.age));
    case "oldest":
      return found.sort((a, b) => order(a.oldestEnqueuedAt, b.oldestEnqueuedAt));
    case "first-seen":
      return found.sort((a, b) => order(b.firstSeenAt, a.firstSeenAt));
    case "last-seen":
      return found.sort((a, b) => order(b.lastSeenAt, a.lastSeenAt));
  }
}

/** Earlier first; nothing last. */
function order(a: string | null, b: string | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return Date.parse(a) - Date.parse(b);
}
