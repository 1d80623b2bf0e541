"use client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { Banner } from "@/components/ui/banner";
import { Empty } from "@/components/ui/empty";
import { countText } from "@/components/ui/number-text";
import { Panel } from "@/components/ui/panel";
import { Skeleton } from "@/components/ui/skeleton";
import { messagesQuery } from "@/lib/client/dead-letters";
import { useMay } from "@/lib/client/session";
import { useUrlState } from "@/lib/client/use-url-state";
import type { DeadLetterFilter } from "@/lib/contracts/dead-letters";
import { MessageFilters } from "./message-filters";
import { messagesState } from "./message-state";
import { MessageTable } from "./message-table";
import { useSelection } from "./selection";
import { SelectionBar } from "./selection-bar";

interface MessageListProps {
  queue: number;
  cause?: string;
  /** Where a replay of these messages goes by default. */
  target: string;
}

/** The dead letters of a queue or a cause: filters in the address, rows as they are scrolled to, a selection. */
export function MessageList({ queue, cause, target }: MessageListProps) {
  const [state, change] = useUrlState(messagesState);
  const { sort, ...narrowing } = state;
  const filter: DeadLetterFilter = { queue, ...(cause === undefined ? {} : { cause }), ...narrowing };
  const list = useInfiniteQuery(messagesQuery({ filter, sort }));
  const mayPlan = useMay("replays.plan");
  const { selection, clear, selectAllMatching, mark } = useSelection(JSON.stringify([filter]));

  const { hasNextPage, isFetching, fetchNextPage } = list;
  const more = useCallback(() => {
    if (hasNextPage && !isFetching) void fetchNextPage();
  }, [hasNextPage, isFetching, fetchNextPage]);

  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const total = list.data?.pages[0]?.total;
  return (
    <>
      <Panel title="Messages" aside={total === undefined ? undefined : countText(total, "message")} flush>
        <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-2">
          <MessageFilters state={state} onChange={change} />
        </div>
        {list.error && (
          <div className="p-3">
            <Banner tone="warn" live title="Could not read the messages; they are asked for again by themselves">
              {list.error.message}
            </Banner>
          </div>
        )}
        {!list.data && !list.error && (
          <div className="p-4">
            <Skeleton label="Reading the messages…" />
          </div>
        )}
        {total === 0 && (
          <Empty title="No message fits">
            Messages that were replayed or removed are no longer listed. Take a filter away to see more.
          </Empty>
        )}
        {rows.length > 0 && (
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
            showReason={cause === undefined}
            onEnd={more}
            loadingMore={list.isFetchingNextPage}
          />
        )}
      </Panel>
      {mayPlan && total !== undefined && (
        <SelectionBar
          selection={selection}
          filter={filter}
          total={total}
          target={target}
          onAll={selectAllMatching}
          onClear={clear}
        />
      )}
    </>
  );
}
