import type { DeadLetterFilter } from "@/lib/contracts/dead-letters";
import type { ReplaySelection } from "@/lib/contracts/replays";

/** What a person asks to replay, before they say how many of it. */
export type ReplayScope =
  | { readonly kind: "filter"; readonly filter: DeadLetterFilter }
  | { readonly kind: "dead-letters"; readonly queue: number; readonly ids: readonly string[] };

/** The selection of a plan. `first`: only so many, oldest first; undefined: all. */
export function selectionOf(scope: ReplayScope, first: number | undefined): ReplaySelection {
  if (scope.kind === "dead-letters") return { kind: "dead-letters", queue: scope.queue, ids: [...scope.ids] };
  return { kind: "filter", filter: scope.filter, ...(first === undefined ? {} : { first }) };
}

/** The DLQ that the messages are in. */
export function queueOf(scope: ReplayScope): number {
  return scope.kind === "filter" ? scope.filter.queue : scope.queue;
}
