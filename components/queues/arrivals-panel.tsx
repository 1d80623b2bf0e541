"use client";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { countText, numberText } from "@/components/ui/number-text";
import { Panel } from "@/components/ui/panel";
import { TimeBars } from "@/components/ui/time-bars";
import { utcText } from "@/components/ui/time-text";
import type { Timeline } from "@/lib/contracts/queues";
import { barsOf, RANGES, type Range } from "./arrivals-bars";

/** When the dead letters of a queue or cause came, on both clocks, each named as what it is. */
export function ArrivalsPanel({ timeline }: { timeline: Timeline }) {
  const [range, setRange] = useState<Range>("48h");
  const { hours, step, words } = RANGES[range];
  const enqueued = barsOf(timeline.from, timeline.enqueued, hours, step);
  const firstSeen = barsOf(timeline.from, timeline.firstSeen, hours, step);
  const per = step === 1 ? "hour" : `${step} hours`;
  return (
    <Panel
      title="Arrivals"
      aside={
        <fieldset className="flex items-center gap-1">
          <legend className="sr-only">Range</legend>
          {(Object.keys(RANGES) as Range[]).map((id) => (
            <Button
              key={id}
              small
              tone={id === range ? "plain" : "quiet"}
              aria-pressed={id === range}
              onClick={() => setRange(id)}
            >
              {RANGES[id].words}
            </Button>
          ))}
        </fieldset>
      }
      className="mb-4"
    >
      <div className="@container">
        <div className="grid gap-x-8 gap-y-5 @3xl:grid-cols-2">
          <Chart
            name="Enqueued"
            of="of what is there now, by the broker's clock"
            bars={enqueued}
            per={per}
            words={words}
            fill="fill-accent"
          />
          <Chart
            name="First seen"
            of="of all that was kept, by when this console first read it"
            bars={firstSeen}
            per={per}
            words={words}
            fill="fill-soft"
          />
        </div>
      </div>
    </Panel>
  );
}

function Chart({
  name,
  of,
  bars,
  per,
  words,
  fill,
}: {
  name: string;
  of: string;
  bars: readonly { readonly from: number; readonly until: number; readonly value: number }[];
  per: string;
  words: string;
  fill: string;
}) {
  const total = bars.reduce((sum, bar) => sum + bar.value, 0);
  const top = Math.max(0, ...bars.map((bar) => bar.value));
  const first = bars[0]?.from ?? 0;
  return (
    <figure className="min-w-0">
      <figcaption className="mb-2 flex flex-wrap items-baseline justify-between gap-x-3 text-sm">
        <span>
          <span className="font-medium">{name}</span> <span className="text-soft">{of}</span>
        </span>
        <span className="text-faint">
          {total === 0
            ? "none"
            : `${numberText(total)}, at most ${numberText(top)} in ${per === "hour" ? "an hour" : per}`}
        </span>
      </figcaption>
      <TimeBars
        bars={bars.map(({ from, until, value }) => ({
          id: String(from),
          value,
          tip: `${countText(value, "message")} ${name.toLowerCase()} ${utcText(from).slice(0, 16)} to ${utcText(until).slice(11, 16)} UTC`,
        }))}
        top={top}
        label={`${countText(total, "message")} ${name.toLowerCase()} in the last ${words}; at most ${numberText(top)} per ${per}`}
        fill={fill}
      />
      <div className="mt-1 flex justify-between text-xs text-faint">
        <time dateTime={new Date(first).toISOString()}>{utcText(first).slice(0, 16)} UTC</time>
        <span>now</span>
      </div>
    </figure>
  );
}
