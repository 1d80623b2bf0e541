"use client";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { AsOf } from "@/components/ui/as-of";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";
import { countText } from "@/components/ui/number-text";
import { Panel } from "@/components/ui/panel";
import { Skeleton } from "@/components/ui/skeleton";
import { messagesQuery } from "@/lib/client/dead-letters";
import { useMay } from "@/lib/client/session";
import { useRows } from "@/lib/client/use-rows";
import { useUrlState } from "@/lib/client/use-url-state";
import type { DeadLetterFilter, DeadLetterPage } from "@/lib/contracts/dead-letters";
import { parseFilter } from "@/lib/domain/filter/parse-filter";
import { ComparisonPanel } from "../search/comparison-panel";
import { CoverageNote } from "../search/coverage-note";
import { ExportButton } from "../search/export-button";
import { QueueBreakdown } from "../search/queue-breakdown";
import { MessageFilters } from "./message-filters";
import { messagesState } from "./message-state";
import { MessageTable } from "./message-table";
import { useSelection } from "./selection";
import { SelectionBar } from "./selection-bar";

/** Where the messages of a list lie. */
export interface MessagePlace {
  readonly queue: number;
  readonly cause?: string;
  /** Where a replay of these messages goes by default. */
  readonly target: string;
  /** What they have in common is shown at once, or when it is asked for. */
  readonly compare: "at-once" | "on-request";
}

/** The dead letters of a queue, of a cause or of all queues (null): filters in the address, rows as they are scrolled to, a selection. */
export function MessageList({ place }: { place: MessagePlace | null }) {
  const [state, change] = useUrlState(messagesState);
  const { sort, ...narrowing } = state;
  const filter = { ...placeOf(place), ...narrowing };
  const readable = parseFilter(state.q ?? "").ok;
  const list = useInfiniteQuery({ ...messagesQuery({ filter, sort }), enabled: readable });
  const mayPlan = useMay("replays.plan") && place !== null;
  const { selection, clear, selectAllMatching, mark } = useSelection(JSON.stringify([filter]));
  const { rows: read, more } = useRows(list);

  const pages = readable ? (list.data?.pages ?? []) : [];
  const rows = readable ? read : [];
  const first = pages[0];
  const total = first?.total;
  const narrowed = Object.values(narrowing).some((condition) => condition !== undefined);
  const narrow = (condition: string) => {
    const q = state.q ? `${joinable(state.q)} and ${condition}` : condition;
    change({ q });
  };
  return (
    <>
      {place !== null && readable && (
        <ComparisonPanel
          key={`${place.queue}/${place.cause}`}
          filter={{ ...filter, queue: place.queue }}
          begin={place.compare}
          onNarrow={narrow}
        />
      )}
      <Panel title="Messages" aside={first && totalText(first)} flush>
        <div className="flex flex-wrap items-start gap-2 border-b border-line px-4 py-2">
          <MessageFilters state={state} onChange={change} />
          {first !== undefined && (
            <ExportButton filter={filter} total={first.total} totalIs={first.totalIs} coverage={first.coverage} />
          )}
        </div>
        {first?.coverage && <CoverageNote coverage={first.coverage} />}
        {place === null && readable && (
          <QueueBreakdown filter={filter} sort={sort} listed={first !== undefined && first.total > 0} />
        )}
        {readable && list.error && (
          <div className="p-3">
            <Banner
              tone="warn"
              live
              title="Could not read the messages"
              action={
                <Button small onClick={() => void list.refetch()} busy={list.isFetching && "Reading…"}>
                  Try again
                </Button>
              }
            >
              {list.error.message}
            </Banner>
          </div>
        )}
        {!readable && <Empty title="The filter cannot be read">Mend it above, or take it away.</Empty>}
        {readable && !list.data && !list.error && (
          <div className="p-4">
            <Skeleton label={state.q ? "Searching the messages…" : "Reading the messages…"} />
          </div>
        )}
        {total === 0 && (
          <Empty title={narrowed ? "No message fits" : "There is no message here"}>
            Messages that were replayed or removed are no longer listed.
            {narrowed && " Take a filter away to see more."}
          </Empty>
        )}
        {rows.length > 0 && first !== undefined && (
          <ListTime at={place === null ? first.at : null}>
            <MessageTable
              rows={rows}
              total={total ?? rows.length}
              state={state}
              onSort={(next) => change({ sort: next === "oldest" ? undefined : next })}
              selection={mayPlan ? selection : undefined}
              onMark={(ids, on) =>
                mark(
                  ids,
                  on,
                  rows.map((row) => row.id),
                )
              }
              showReason={place?.cause === undefined}
              showQueue={place === null}
              onEnd={more}
              loadingMore={list.isFetchingNextPage}
            />
          </ListTime>
        )}
      </Panel>
      {mayPlan && first !== undefined && (
        <SelectionBar
          selection={selection}
          filter={{ ...filter, queue: place.queue }}
          total={first.total}
          totalIs={first.totalIs}
          target={place.target}
          onAll={selectAllMatching}
          onClear={clear}
        />
      )}
    </>
  );
}

/** Over all queues no page stands around the list whose time ages count from: the list has its own. */
function ListTime({ at, children }: { at: string | null; children: ReactNode }) {
  return at === null ? children : <AsOf at={at}>{children}</AsOf>;
}

function placeOf(place: MessagePlace | null): Partial<Pick<DeadLetterFilter, "queue" | "cause">> {
  if (place === null) return {};
  return { queue: place.queue, ...(place.cause === undefined ? {} : { cause: place.cause }) };
}

/** "or" binds less than what is added. */
function joinable(q: string): string {
  const parsed = parseFilter(q);
  return parsed.ok && parsed.expression?.kind === "or" ? `(${q})` : q;
}

function totalText({ total, totalIs }: DeadLetterPage): string {
  return totalIs === "exact" ? countText(total, "message") : `about ${countText(total, "message")}`;
}
