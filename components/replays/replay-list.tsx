"use client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { AsOf } from "@/components/ui/as-of";
import { Banner } from "@/components/ui/banner";
import { Empty } from "@/components/ui/empty";
import { Field, Select } from "@/components/ui/field";
import { FilterChip } from "@/components/ui/filter-chip";
import { PageHead } from "@/components/ui/page-head";
import { Panel } from "@/components/ui/panel";
import { Skeleton } from "@/components/ui/skeleton";
import { Head, Table } from "@/components/ui/table";
import { VirtualBody } from "@/components/ui/virtual-body";
import { replayListQuery } from "@/lib/client/replays";
import { useRows } from "@/lib/client/use-rows";
import { useUrlState } from "@/lib/client/use-url-state";
import { REPLAY_STATES } from "@/lib/domain/replay-states";
import { StopButton } from "../stops/stop-button";
import { AwaitingApproval } from "./awaiting-approval";
import { ReplayRow } from "./replay-row";
import { replaysState } from "./replays-state";
import { replayLook } from "./state-words";

/** Every replay, newest first. */
export function ReplayList() {
  const [filter, change] = useUrlState(replaysState);
  const list = useInfiniteQuery(replayListQuery(filter));
  const { rows, more } = useRows(list);
  return (
    <>
      <PageHead title="Replays" acts={<StopButton />} />
      <AwaitingApproval
        shown={filter.state === "awaiting-approval"}
        onShow={() => change({ state: "awaiting-approval" })}
      />
      {list.error && (
        <div className="mb-4">
          <Banner tone="warn" live title="Could not read the replays; they are asked for again by themselves">
            {list.error.message}
          </Banner>
        </div>
      )}
      <Panel flush>
        <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-2">
          <Field label="State" hideLabel className="w-44">
            {(control) => (
              <Select
                {...control}
                data-search=""
                value={filter.state ?? ""}
                onChange={(event) => change({ state: REPLAY_STATES.find((state) => state === event.target.value) })}
              >
                <option value="">Every state</option>
                {REPLAY_STATES.map((state) => (
                  <option key={state} value={state}>
                    {replayLook(state).word}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          {filter.queue !== undefined && (
            <FilterChip name="queue" onRemove={() => change({ queue: undefined })}>
              {rows[0]?.queue.entityPath ?? `number ${filter.queue}`}
            </FilterChip>
          )}
        </div>
        {!list.data && !list.error && (
          <div className="p-4">
            <Skeleton label="Reading the replays…" />
          </div>
        )}
        {list.data && rows.length === 0 && (
          <Empty title={filter.state || filter.queue ? "No replay fits the filter" : "Nothing has been replayed yet"}>
            {filter.state || filter.queue
              ? "Take a filter away to see more."
              : "Choose messages on the page of a queue or a cause, and plan their replay there."}
          </Empty>
        )}
        {rows.length > 0 && (
          <AsOf at={list.data?.pages[0]?.at ?? ""}>
            <Table
              caption="Replays, newest first"
              head={
                <>
                  <Head>State</Head>
                  <Head>Replay</Head>
                  <Head>Sent</Head>
                  <Head numeric>Came back</Head>
                  <Head>Reason</Head>
                  <Head>By</Head>
                </>
              }
            >
              <VirtualBody
                items={rows}
                keyOf={(row) => row.id}
                estimate={60}
                columns={6}
                onEnd={more}
                row={(row, rowProps) => <ReplayRow key={row.id} replay={row} rowProps={rowProps} />}
              />
            </Table>
          </AsOf>
        )}
      </Panel>
    </>
  );
}
