"use client";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { AsOf } from "@/components/ui/as-of";
import { Banner } from "@/components/ui/banner";
import { Button, buttonLook } from "@/components/ui/button";
import { cx } from "@/components/ui/cx";
import { aboutText, countText, numberText } from "@/components/ui/number-text";
import { Ago } from "@/components/ui/time";
import { queueBreakdownQuery } from "@/lib/client/dead-letters";
import { queryString } from "@/lib/client/query-string";
import { useMay } from "@/lib/client/session";
import type { QueueBreakdown as Breakdown, DeadLetterSearch } from "@/lib/contracts/dead-letters";

type Place = Breakdown["items"][number];

const FIRST = 6;
/** Where the links will stand, so that the list below is not pushed down when they come. */
const PLACES = ["w-40", "w-32", "w-48", "w-36"] as const;

/**
 * Where does what was found lie? Each queue leads to its own list with the same filter, where a replay, a change and a discard start: these are of one
 * queue. It is asked once the list is there (`listed`), and a failure of it leaves the list alone.
 */
export function QueueBreakdown({ filter, sort, listed }: { filter: DeadLetterSearch; sort: string; listed: boolean }) {
  const { data, error, refetch, isFetching } = useQuery({ ...queueBreakdownQuery(filter), enabled: listed });
  const hrefOf = ({ queue }: Place) =>
    `/queues/${queue.id}/messages${queryString({ ...filter, sort: sort === "oldest" ? undefined : sort })}`;
  if (!listed || data?.queues === 0) return null;
  return (
    <section aria-label="By queue" className="border-b border-line px-4 py-3">
      {data && (
        <AsOf at={data.at}>
          <Found key={JSON.stringify(filter)} breakdown={data} hrefOf={hrefOf} />
        </AsOf>
      )}
      {!data && !error && (
        <div role="status">
          <p className="text-sm text-soft">Counting what was found by queue…</p>
          <p aria-hidden="true" className="mt-2 flex animate-pulse flex-wrap gap-2">
            {PLACES.map((width) => (
              <span key={width} className={cx("h-7 rounded-md bg-sunken", width)} />
            ))}
          </p>
        </div>
      )}
      {!data && error && (
        <Banner
          tone="warn"
          live
          title="Could not count what was found by queue"
          action={
            <Button small onClick={() => void refetch()} busy={isFetching && "Counting…"}>
              Try again
            </Button>
          }
        >
          {error.message} A queue's own list takes the same filter.
        </Banner>
      )}
    </section>
  );
}

function Found({ breakdown, hrefOf }: { breakdown: Breakdown; hrefOf: (place: Place) => string }) {
  const [all, setAll] = useState(false);
  const { items, queues, messages, countsAre, at } = breakdown;
  const [only] = items;
  const exact = countsAre === "exact";
  const mayAct = useActs();
  const severalNamespaces = new Set(items.map(({ queue }) => queue.namespace)).size > 1;
  if (only === undefined) return null;
  if (queues === 1 && exact) {
    return (
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <p className="min-w-0 text-sm text-soft">
          All of it lies in <span className="font-medium break-name text-ink">{nameOf(only, false)}</span>.
        </p>
        <Link href={hrefOf(only)} prefetch={false} className={buttonLook("plain", true)}>
          {mayAct ? "Replay, edit, discard or compare there" : "Compare there"}
        </Link>
      </div>
    );
  }
  const shown = all ? items : items.slice(0, FIRST);
  const unnamed = queues - items.length;
  const others = messages - items.reduce((sum, item) => sum + item.messages, 0);
  return (
    <>
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <h3 className="font-medium">
          {exact ? `In ${countText(queues, "queue")}` : `In ${countText(queues, "queue")} or more`}
        </h3>
        <span className="text-sm text-soft">
          {exact ? `${countText(messages, "message")}, counted ` : "estimated from a sample "}
          <Ago time={at} focusable />
        </span>
      </div>
      <p className="mt-0.5 text-sm text-soft">
        {mayAct
          ? "A replay, an edit or a discard is of one queue, and so is what messages have in common. Open a queue with this filter to start there."
          : "What messages have in common is told of one queue. Open one with this filter to see it."}
      </p>
      <ul className="mt-2 flex flex-wrap gap-2">
        {shown.map((place) => (
          <li key={place.queue.id} className="max-w-full max-sm:w-full">
            <Link
              href={hrefOf(place)}
              prefetch={false}
              className={cx(buttonLook("plain", true), "max-w-full gap-2 py-0.5 max-sm:w-full max-sm:justify-between")}
            >
              <span className="min-w-0 break-name text-left">{nameOf(place, severalNamespaces)}</span>{" "}
              <span className="whitespace-nowrap text-soft tabular-nums">
                {exact ? numberText(place.messages) : aboutText(place.messages)}
                <span className="sr-only"> {place.messages === 1 ? "message" : "messages"}</span>
              </span>
            </Link>
          </li>
        ))}
        {items.length > FIRST && (
          <li>
            <Button small tone="quiet" aria-expanded={all} onClick={() => setAll(!all)}>
              {all ? "Show fewer" : `Show ${countText(items.length - FIRST, "more queue")}`}
            </Button>
          </li>
        )}
      </ul>
      {all && unnamed > 0 && (
        <p className="mt-2 text-sm text-soft">
          {exact ? numberText(others) : aboutText(others)} more in {countText(unnamed, "queue")} with fewer each: narrow
          the filter to see them, for instance by queue ~ and a part of the name.
        </p>
      )}
    </>
  );
}

/** Whether anything can be started from a queue's list. */
function useActs(): boolean {
  const plans = useMay("replays.plan");
  const edits = useMay("edits.write");
  return plans || edits;
}

function nameOf({ queue }: Place, withNamespace: boolean): string {
  const name = queue.subQueue === "transfer-dead-letter" ? `${queue.entityPath} (transfer)` : queue.entityPath;
  return withNamespace ? `${queue.namespace} · ${name}` : name;
}
