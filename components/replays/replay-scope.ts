import type { DeadLetterFilter } from "@/lib/contracts/dead-letters";
import type { ReplaySelection } from "@/lib/contracts/replays";

/** What a person asks to replay, before they say how many of it. */
export type ReplayScope =
  | { readonly kind: "filter"; readonly filter: DeadLetterFilter }
  | { readonly kind: "dead-letters"; readonly queue: number; readonly ids: readonly string[] }
  /** What a discard has archived. */
  | { readonly kind: "archive"; readonly queue: number; readonly discard: string };

/** The selection of a plan. `first`: only so many, oldest first; undefined: all. */
export function selectionOf(scope: ReplayScope, first: number | undefined): ReplaySelection {
  if (scope.kind === "dead-letters") return { kind: "dead-letters", queue: scope.queue, ids: [...scope.ids] };
  const so = first === undefined ? {} : { first };
  if (scope.kind === "archive") return { kind: "archive", queue: scope.queue, discard: scope.discard, ...so };
  return { kind: "filter", filter: scope.filter, ...so };
}

/** The DLQ that the messages are in. */
export function queueOf(scope: ReplayScope): number {
  return scope.kind === "filter" ? scope.filter.queue : scope.queue;
}
