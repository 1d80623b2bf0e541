"use client";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useMemo } from "react";
import { Figure } from "@/components/ui/figure";
import { Num } from "@/components/ui/num";
import { countText, numberText, rateText } from "@/components/ui/number-text";
import { Panel } from "@/components/ui/panel";
import { type Segment, Segments } from "@/components/ui/segments";
import { spanText } from "@/components/ui/time-text";
import type { ReplayDetail } from "@/lib/contracts/replays";
import { ITEM_STATES, type ItemState } from "@/lib/domain/replay-states";
import { outcomeSentence } from "./end-words";
import { rateSeries, sentCount } from "./replay-figures";
import { StateBadge } from "./state-badge";
import { itemLook, outcomeLook } from "./state-words";

/** A plot that cannot be loaded must not take the controls of a running replay with it. */
function NoPlot() {
  return <p className="flex h-[200px] items-center text-soft">The plot could not be loaded. The figures are right.</p>;
}

const RatePlot = dynamic(() => import("@/components/ui/rate-plot").catch(() => ({ default: NoPlot })), {
  ssr: false,
  loading: () => <p className="flex h-[200px] items-center text-soft">Drawing the plot…</p>,
});

const FILLS: Record<ItemState, string> = {
  settled: "fill-accent",
  sent: "fill-accent",
  sending: "fill-heat-4",
  claimed: "fill-heat-3",
  uncertain: "fill-bad",
  failed: "fill-bad",
  refused: "fill-warn",
  changed: "fill-warn",
  gone: "fill-edge",
  cancelled: "fill-edge",
  planned: "fill-line",
};
const BAR_ORDER: readonly ItemState[] = [
  "settled",
  "sent",
  "sending",
  "claimed",
  "uncertain",
  "failed",
  "refused",
  "changed",
  "gone",
  "cancelled",
  "planned",
];

/** How far it is, how fast it goes, what came of it. */
export function ProgressPanel({ detail }: { detail: ReplayDetail }) {
  const { replay } = detail;
  const sent = sentCount(replay.items);
  const discards = replay.kind === "discard";
  return (
    <Panel title="Progress" aside={countText(replay.total, "message")}>
      <dl className="mb-3 grid grid-cols-2 gap-x-8 gap-y-2 sm:flex sm:flex-wrap sm:gap-x-12">
        <Figure label={discards ? "Archived and removed" : "Sent"}>
          {numberText(sent)}
          <span className="text-base font-normal text-faint"> of {numberText(replay.total)}</span>
        </Figure>
        {replay.state === "running" && (
          <>
            <Figure label="Now, a second">
              {detail.actualRate === null ? <span className="text-faint">none</span> : rateText(detail.actualRate)}
              <span className="text-base font-normal text-faint"> limit {rateText(replay.pace)}</span>
            </Figure>
            <Figure label="Time to the end">
              {detail.etaSeconds === null ? <Num value={null} /> : `about ${spanText(Math.max(1, detail.etaSeconds))}`}
            </Figure>
          </>
        )}
        {!discards && (
          <Figure label="Came back dead">
            <span className={replay.cameBack > 0 ? "text-warn" : "text-faint"}>
              {replay.cameBack > 0 || (detail.preflight.stamps && detail.preflight.seesReturns)
                ? numberText(replay.cameBack)
                : "not visible"}
            </span>
          </Figure>
        )}
        {(replay.outcomes.confirmed ?? 0) > 0 && (
          <Figure label="Confirmed">
            <span className="text-ok">{numberText(replay.outcomes.confirmed ?? 0)}</span>
          </Figure>
        )}
        {(replay.items.uncertain ?? 0) > 0 && (
          <Figure label="Uncertain">
            <span className="text-bad">{numberText(replay.items.uncertain ?? 0)}</span>
          </Figure>
        )}
      </dl>
      <Segments
        label={`${numberText(sent)} of ${numberText(replay.total)} ${discards ? "archived" : "sent"}`}
        segments={segmentsOf(replay)}
      />
      <ul className="mt-2 flex flex-wrap gap-x-3 gap-y-1">
        {ITEM_STATES.filter((state) => (replay.items[state] ?? 0) > 0).map((state) => (
          <li key={state}>
            <Link href={`/replays/${replay.id}?state=${state}`} scroll={false}>
              <StateBadge look={itemLook(state, replay.kind)}> {numberText(replay.items[state] ?? 0)}</StateBadge>
            </Link>
          </li>
        ))}
        {(replay.outcomes.returned ?? 0) > 0 && (
          <li>
            <Link href={`/replays/${replay.id}?outcome=returned`} scroll={false}>
              <StateBadge look={outcomeLook("returned")}> {numberText(replay.outcomes.returned ?? 0)}</StateBadge>
            </Link>
          </li>
        )}
      </ul>
      {!discards && (
        <p className="mt-3 text-soft">
          {outcomeSentence(replay)}
          {!detail.preflight.stamps &&
            " Its copies carry no stamps, so that what comes back dead is not known as theirs, nor can a consumer confirm them."}
          {detail.preflight.stamps &&
            !detail.preflight.seesReturns &&
            replay.cameBack === 0 &&
            " No scan reads where its copies would come back dead: none is seen."}
        </p>
      )}
      {detail.sends.length > 0 && <Rate detail={detail} />}
    </Panel>
  );
}

/** What came back dead stands out of what was replayed; no colour says that a consumer took the rest. */
function segmentsOf({ items, cameBack }: ReplayDetail["replay"]): Segment[] {
  const returned = Math.min(cameBack, items.settled ?? 0);
  const states = BAR_ORDER.map((state) => ({
    id: state,
    count: (items[state] ?? 0) - (state === "settled" ? returned : 0),
    fill: FILLS[state],
  }));
  return [{ id: "returned", count: returned, fill: "fill-warn" }, ...states];
}

function Rate({ detail }: { detail: ReplayDetail }) {
  const { replay, sends, at } = detail;
  const until = Date.parse(replay.finishedAt ?? at);
  const { seconds, sent } = useMemo(() => rateSeries(sends, until), [sends, until]);
  const fastest = Math.max(...sends.map((entry) => entry.sent));
  return (
    <figure className="mt-4 border-t border-line pt-3">
      <figcaption className="mb-1 flex flex-wrap gap-x-4 text-sm text-soft">
        <span>
          <span
            aria-hidden="true"
            className="mr-1.5 inline-block h-2 w-4 border-t-2 border-accent bg-accent-wash align-baseline"
          />
          {replay.kind === "discard" ? "archived" : "sent"} each second, {numberText(fastest)} at most
        </span>
        <span>
          <span
            aria-hidden="true"
            className="mr-1.5 inline-block w-4 border-t-2 border-dashed border-bad align-middle"
          />
          limit, {rateText(replay.rate)} a second
        </span>
        <span className="text-faint">times in UTC</span>
      </figcaption>
      <RatePlot
        seconds={seconds}
        sent={sent}
        limit={replay.rate}
        label={`Copies sent each second: ${fastest} at most, with a limit of ${replay.rate}`}
      />
    </figure>
  );
}
