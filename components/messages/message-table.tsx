"use client";
import { SortHead } from "@/components/ui/sort-head";
import { Head, Table } from "@/components/ui/table";
import { VirtualBody } from "@/components/ui/virtual-body";
import type { DeadLetterRow, DeadLetterSort } from "@/lib/contracts/dead-letters";
import { MessageRow } from "./message-row";
import type { MessagesState } from "./message-state";
import { isSelected, type Selection } from "./selection";

interface MessageTableProps {
  rows: readonly DeadLetterRow[];
  total: number;
  state: MessagesState;
  onSort: (sort: DeadLetterSort) => void;
  /** Undefined: nothing can be selected. */
  selection: Selection | undefined;
  onMark: (ids: readonly string[], on: boolean) => void;
  showReason: boolean;
  /** Over all queues: each row names its queue, and only the age sorts. */
  showQueue: boolean;
  onEnd: () => void;
  loadingMore: boolean;
}

export function MessageTable({
  rows,
  total,
  state,
  onSort,
  selection,
  onMark,
  showReason,
  showQueue,
  onEnd,
  loadingMore,
}: MessageTableProps) {
  const allShown = selection !== undefined && rows.every((row) => isSelected(selection, row.id));
  const byAge = state.sort === "oldest" || state.sort === "newest";
  return (
    <>
      <Table
        caption="Dead letters"
        rowCount={total}
        head={
          <>
            {selection && (
              <Head className="w-8">
                <input
                  type="checkbox"
                  aria-label={`Select the ${rows.length} rows that are loaded`}
                  checked={allShown}
                  onChange={(event) =>
                    onMark(
                      rows.map((row) => row.id),
                      event.target.checked,
                    )
                  }
                  className="size-4 align-middle"
                />
              </Head>
            )}
            <SortHead
              active={byAge}
              order={state.sort === "newest" ? "ascending" : "descending"}
              onSort={() => onSort(state.sort === "oldest" ? "newest" : "oldest")}
            >
              Age
            </SortHead>
            <Head>Message</Head>
            <Head>What happened</Head>
            <Head>State</Head>
            {showQueue ? (
              <>
                <Head numeric>Deliveries</Head>
                <Head numeric>Size</Head>
              </>
            ) : (
              <>
                <SortHead
                  numeric
                  active={state.sort === "most-deliveries"}
                  order="descending"
                  onSort={() => onSort("most-deliveries")}
                >
                  Deliveries
                </SortHead>
                <SortHead numeric active={state.sort === "largest"} order="descending" onSort={() => onSort("largest")}>
                  Size
                </SortHead>
              </>
            )}
          </>
        }
      >
        <VirtualBody
          items={rows}
          keyOf={(row) => row.id}
          estimate={57}
          columns={7}
          onEnd={onEnd}
          row={(row, rowProps) => (
            <MessageRow
              key={row.id}
              row={row}
              selected={selection && isSelected(selection, row.id)}
              onSelect={(on) => onMark([row.id], on)}
              showReason={showReason}
              showQueue={showQueue}
              rowProps={rowProps}
            />
          )}
        />
      </Table>
      {loadingMore && <p className="border-t border-line px-4 py-2 text-sm text-soft">Reading more messages…</p>}
    </>
  );
}
