"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Empty } from "@/components/ui/empty";
import { Field } from "@/components/ui/field";
import { Live } from "@/components/ui/load-state";
import { numberText } from "@/components/ui/number-text";
import { PageHead } from "@/components/ui/page-head";
import { Panel } from "@/components/ui/panel";
import { SearchInput } from "@/components/ui/search-input";
import { SortHead } from "@/components/ui/sort-head";
import { Head, Table } from "@/components/ui/table";
import { VirtualBody } from "@/components/ui/virtual-body";
import { overviewQuery } from "@/lib/client/queues";
import { useUrlState } from "@/lib/client/use-url-state";
import type { Overview } from "@/lib/contracts/queues";
import { type AgeBucketId, type AgeClock, ageNarrowing } from "@/lib/domain/age";
import { ClockSwitch, clockInUrl } from "./clock-switch";
import { OverviewBanners } from "./overview-banners";
import { arrange, overviewState } from "./overview-order";
import { OverviewTotals } from "./overview-totals";
import { QueueRow } from "./queue-row";
import { CLOCK_WORDS } from "./queue-words";
import { ReasonHeatmap } from "./reason-heatmap";

/** Where does it hurt? Every DLQ, worst first. */
export function OverviewView() {
  const [{ clock }] = useUrlState(overviewState);
  // The other clock's figures, named as such, until this one's have come.
  const { data, error, refetch } = useQuery({ ...overviewQuery(clock), placeholderData: keepPreviousData });
  return (
    <>
      <PageHead title="Dead-letter queues" />
      <Live what="the queues" data={data} at={data?.at} error={error} onRetry={() => void refetch()}>
        {(overview) => <OverviewBody overview={overview} />}
      </Live>
    </>
  );
}

function OverviewBody({ overview }: { overview: Overview }) {
  const [{ clock }, change] = useUrlState(overviewState);
  return (
    <>
      <OverviewBanners overview={overview} />
      <OverviewTotals queues={overview.queues} />
      <QueueTable overview={overview} />
      {overview.heatmap.length > 0 && (
        <Panel
          title="Reason and age, over all queues"
          aside={<ClockSwitch clock={clock} onChange={(next) => change({ clock: clockInUrl(next) })} />}
          className="mt-6"
        >
          <ReasonHeatmap
            cells={overview.heatmap}
            clock={overview.agesBy}
            note="A cell leads to its messages."
            cell={(reason, age) => ({ href: searchHref(overview.agesBy, reason, age) })}
          />
        </Panel>
      )}
    </>
  );
}

/** The messages of a cell, in all queues. */
function searchHref(clock: AgeClock, reason: string, age: AgeBucketId): string {
  return `/search?${new URLSearchParams({ reason, ...ageNarrowing(clock, age) })}`;
}

function QueueTable({ overview }: { overview: Overview }) {
  const [state, change] = useUrlState(overviewState);
  const rows = arrange(overview.queues, state);
  const sorted = (sort: typeof state.sort) => ({
    active: state.sort === sort,
    onSort: () => change({ sort: sort === "oldest" ? undefined : sort }),
  });
  return (
    <Panel flush>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-2">
        <Field label="Filter queues" hideLabel className="w-full sm:w-72">
          {(control) => (
            <SearchInput
              {...control}
              data-search=""
              placeholder="Queue or reason"
              value={state.q ?? ""}
              onSearch={(text) => change({ q: text || undefined }, "replace")}
            />
          )}
        </Field>
        <label className="flex items-center gap-2 text-sm text-soft">
          <input
            type="checkbox"
            checked={state.empty === "hide"}
            onChange={(event) => change({ empty: event.target.checked ? "hide" : undefined }, "replace")}
          />
          Hide empty ones
        </label>
      </div>
      {rows.length === 0 ? (
        <NoQueues overview={overview} />
      ) : (
        <Table
          caption="Dead-letter queues, worst first"
          rowCount={rows.length}
          head={
            <>
              <SortHead order="descending" {...sorted("oldest")}>
                Oldest
              </SortHead>
              <SortHead order="ascending" {...sorted("name")}>
                Queue
              </SortHead>
              <SortHead numeric order="descending" {...sorted("messages")}>
                Messages
              </SortHead>
              <SortHead numeric order="descending" {...sorted("arrivals")}>
                First seen, last 24 h
              </SortHead>
              <Head>{CLOCK_WORDS[overview.agesBy].ages}</Head>
              <Head>Top reasons</Head>
              <Head>Freshness</Head>
            </>
          }
        >
          <VirtualBody
            items={rows}
            keyOf={(queue) => queue.id}
            estimate={68}
            columns={7}
            row={(queue, rowProps) => (
              <QueueRow
                key={queue.id}
                queue={queue}
                agesBy={overview.agesBy}
                showNamespace={overview.namespaces.length > 1}
                rowProps={rowProps}
              />
            )}
          />
        </Table>
      )}
    </Panel>
  );
}

function NoQueues({ overview }: { overview: Overview }) {
  if (overview.queues.length > 0)
    return (
      <Empty title="No queue fits the filter">
        Take words out of the filter to see all {numberText(overview.queues.length)}.
      </Empty>
    );
  if (overview.namespaces.length === 0) {
    return (
      <Empty title="No namespace is configured">Name one in the configuration file and start the console again.</Empty>
    );
  }
  return (
    <Empty title="No dead-letter queues are known yet">
      The worker lists the entities of a namespace when it starts. They appear here by themselves.
    </Empty>
  );
}
