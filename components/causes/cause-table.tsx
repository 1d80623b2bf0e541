"use client";
import Link from "next/link";
import { AgeBar } from "@/components/ui/age-bar";
import { Num } from "@/components/ui/num";
import { numberText } from "@/components/ui/number-text";
import { SortHead } from "@/components/ui/sort-head";
import { Sparkline } from "@/components/ui/sparkline";
import { Cell, Head, Row, Table } from "@/components/ui/table";
import { Age, Ago } from "@/components/ui/time";
import { VirtualBody } from "@/components/ui/virtual-body";
import type { CauseSummary } from "@/lib/contracts/queues";
import { AGE_BUCKETS, type AgeClock, ageNarrowing } from "@/lib/domain/age";
import { CLOCK_WORDS, reasonText } from "../queues/queue-words";
import { CauseBadges } from "./cause-badges";
import { type CausesState, countIn } from "./cause-order";
import { causeTitle } from "./cause-words";

interface CauseTableProps {
  causes: readonly CauseSummary[];
  agesBy: AgeClock;
  state: CausesState;
  onSort: (sort: CausesState["sort"]) => void;
}

/** What killed the messages of a DLQ: a row per cause. */
export function CauseTable({ causes, agesBy, state, onSort }: CauseTableProps) {
  const sorted = (sort: CausesState["sort"]) => ({ active: state.sort === sort, onSort: () => onSort(sort) });
  return (
    <Table
      caption="Causes"
      rowCount={causes.length}
      head={
        <>
          <SortHead numeric order="descending" {...sorted("messages")}>
            Messages
          </SortHead>
          <Head>Cause</Head>
          <SortHead order="descending" {...sorted("oldest")}>
            Oldest
          </SortHead>
          <Head>{CLOCK_WORDS[agesBy].ages}</Head>
          <Head>Enqueued, last 48 h</Head>
          <SortHead order="descending" {...sorted("first-seen")}>
            First seen
          </SortHead>
          <SortHead order="descending" {...sorted("last-seen")}>
            Last seen
          </SortHead>
        </>
      }
    >
      <VirtualBody
        items={causes}
        keyOf={(cause) => cause.id}
        estimate={60}
        columns={7}
        row={(cause, rowProps) => (
          <Row key={cause.id} {...rowProps}>
            <Cell numeric className="text-xl leading-7 font-semibold md:w-28">
              <Num value={countIn(cause, state.age)} />
              {state.age && <div className="text-sm font-normal text-faint">of {numberText(cause.count)}</div>}
            </Cell>
            <Cell className="max-md:order-first max-md:col-span-2">
              <Link
                href={causeHref(cause.id, agesBy, state.age)}
                data-row-link=""
                className="font-medium break-name hover:text-accent hover:underline"
              >
                {causeTitle(cause)}
              </Link>
              {cause.work.title !== null && <span className="text-sm text-soft"> {reasonText(cause.reason)}</span>}
              <div className="font-mono text-sm text-soft break-name" data-tip={cause.example ?? undefined}>
                {cause.signature || "no description"}
              </div>
              <CauseBadges work={cause.work} returned={cause.returned} />
            </Cell>
            <Cell label="Oldest" className="whitespace-nowrap">
              {cause.oldestEnqueuedAt ? (
                <Age since={cause.oldestEnqueuedAt} className="font-semibold" />
              ) : (
                <span className="text-faint">none left</span>
              )}
            </Cell>
            <Cell label={CLOCK_WORDS[agesBy].ages}>
              <AgeBar parts={AGE_BUCKETS.map(({ id, label }) => ({ id, label, count: cause.ages[id] }))} />
            </Cell>
            <Cell label="Enqueued, last 48 h">
              <Sparkline values={cause.trend} className="h-6 w-32" label={trendLabel(cause.trend)} />
            </Cell>
            <Cell label="First seen" className="text-sm">
              <Ago time={cause.firstSeenAt} />
            </Cell>
            <Cell label="Last seen" className="text-sm">
              <Ago time={cause.lastSeenAt} />
            </Cell>
          </Row>
        )}
      />
    </Table>
  );
}

/** The cause, its list narrowed as the causes are. */
function causeHref(id: string, clock: AgeClock, age: CausesState["age"]): string {
  return age ? `/causes/${id}?${new URLSearchParams({ ...ageNarrowing(clock, age) })}` : `/causes/${id}`;
}

function trendLabel(trend: readonly number[]): string {
  const sum = trend.reduce((total, count) => total + count, 0);
  const late = trend.slice(-24).reduce((total, count) => total + count, 0);
  return `${numberText(sum)} enqueued in the last 48 hours, ${numberText(late)} of them in the last 24, by hour`;
}
