"use client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Badge } from "@/components/ui/badge";
import { Banner } from "@/components/ui/banner";
import { Empty } from "@/components/ui/empty";
import { Field, Select } from "@/components/ui/field";
import { Panel } from "@/components/ui/panel";
import { Skeleton } from "@/components/ui/skeleton";
import { Head, Table } from "@/components/ui/table";
import { VirtualBody } from "@/components/ui/virtual-body";
import { replayItemsListQuery } from "@/lib/client/replays";
import { useRows } from "@/lib/client/use-rows";
import { useUrlState } from "@/lib/client/use-url-state";
import type { ReplaySummary } from "@/lib/contracts/replays";
import { ITEM_STATES, OUTCOMES } from "@/lib/domain/replay-states";
import { ItemRow, sentHead } from "./item-row";
import { itemsState } from "./replays-state";
import { itemLook, outcomeLook } from "./state-words";

/** The ledger: every message of the replay, what became of it. */
export function ItemsTable({ replay }: { replay: ReplaySummary }) {
  const [filter, change] = useUrlState(itemsState);
  const list = useInfiniteQuery(replayItemsListQuery(replay.id, filter));
  const { rows, more } = useRows(list);
  return (
    <Panel title={`Messages of this ${replay.kind}`} flush>
      <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-2">
        <Field label="State" hideLabel className="w-44">
          {(control) => (
            <Select
              {...control}
              data-search=""
              value={filter.state ?? ""}
              onChange={(event) => change({ state: ITEM_STATES.find((state) => state === event.target.value) })}
            >
              <option value="">Every state</option>
              {ITEM_STATES.map((state) => (
                <option key={state} value={state}>
                  {itemLook(state, replay.kind).word}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {replay.kind !== "discard" && (
          <Field label="Outcome" hideLabel className="w-44">
            {(control) => (
              <Select
                {...control}
                value={filter.outcome ?? ""}
                onChange={(event) => change({ outcome: OUTCOMES.find((outcome) => outcome === event.target.value) })}
              >
                <option value="">Every outcome</option>
                {OUTCOMES.map((outcome) => (
                  <option key={outcome} value={outcome}>
                    {outcomeLook(outcome).word}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
        {filter.state && (
          <Badge tone={itemLook(filter.state, replay.kind).tone}>{itemLook(filter.state, replay.kind).means}</Badge>
        )}
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
          <Skeleton label={`Reading the messages of the ${replay.kind}…`} />
        </div>
      )}
      {list.data && rows.length === 0 && (
        <Empty title={`No message of this ${replay.kind} fits`}>Take a filter away to see more.</Empty>
      )}
      {rows.length > 0 && (
        <Table
          caption={`Messages of this ${replay.kind}`}
          rowCount={replay.total}
          className="lg:table-fixed"
          head={
            <>
              <Head numeric className="lg:w-20">
                No.
              </Head>
              <Head>Message</Head>
              <Head className="lg:w-60">State</Head>
              <Head>What is known</Head>
              <Head className="lg:w-36">{sentHead(replay.kind)}</Head>
            </>
          }
        >
          <VirtualBody
            items={rows}
            keyOf={(row) => row.id}
            estimate={45}
            columns={5}
            onEnd={more}
            row={(row, rowProps) => <ItemRow key={row.id} kind={replay.kind} item={row} rowProps={rowProps} />}
          />
        </Table>
      )}
    </Panel>
  );
}
