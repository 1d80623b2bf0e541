"use client";
import Link from "next/link";
import type { Ref } from "react";
import { AgeBar } from "@/components/ui/age-bar";
import { Badge } from "@/components/ui/badge";
import { cx } from "@/components/ui/cx";
import { Num } from "@/components/ui/num";
import { countText, numberText } from "@/components/ui/number-text";
import { Sparkline } from "@/components/ui/sparkline";
import { Cell, Row } from "@/components/ui/table";
import type { QueueSummary } from "@/lib/contracts/queues";
import { AGE_BUCKETS, type AgeClock } from "@/lib/domain/age";
import { PictureAge } from "./picture-age";
import { QueueAge } from "./queue-age";
import { CLOCK_WORDS, countsDiffer, countTip, isUnread, kindText, reasonText } from "./queue-words";

const REASONS_SHOWN = 2;

interface QueueRowProps {
  queue: QueueSummary;
  agesBy: AgeClock;
  showNamespace: boolean;
  rowProps: { ref: Ref<HTMLTableRowElement>; "data-index": number; "aria-rowindex": number };
}

/** One DLQ of the overview. */
export function QueueRow({ queue, agesBy, showNamespace, rowProps }: QueueRowProps) {
  const unread = isUnread(queue);
  const arrived = queue.arrivals.reduce((sum, count) => sum + count, 0);
  return (
    <Row {...rowProps}>
      <Cell className="text-2xl leading-8 md:w-36">
        <QueueAge queue={queue} />
      </Cell>
      <Cell className="max-md:order-first max-md:col-span-2">
        <Link
          href={`/queues/${queue.id}`}
          data-row-link=""
          className="font-medium break-name hover:text-accent hover:underline"
        >
          {queue.entityPath}
        </Link>
        <div className="text-sm text-faint">
          {showNamespace && `${queue.namespace} · `}
          {kindText(queue)}
        </div>
        <RunningReplays queue={queue} />
      </Cell>
      <Cell label="Messages" numeric>
        <Num value={unread ? null : queue.indexed} className="text-lg font-semibold" />
        <BrokerCount queue={queue} />
      </Cell>
      <Cell label="First seen, last 24 h" numeric>
        {unread ? (
          <Num value={null} />
        ) : (
          <div className="flex items-center gap-2 md:justify-end">
            <Sparkline
              values={queue.arrivals}
              label={`${countText(arrived, "message")} first seen in the last 24 hours, by hour`}
            />
            <Num value={arrived} className="min-w-12 text-right" />
          </div>
        )}
      </Cell>
      <Cell label={CLOCK_WORDS[agesBy].ages}>
        <AgeBar parts={AGE_BUCKETS.map(({ id, label }) => ({ id, label, count: queue.ages[id] }))} />
      </Cell>
      <Cell label="Top reasons" full className="text-sm">
        <TopReasons queue={queue} />
      </Cell>
      <Cell full className="text-sm md:w-44">
        <PictureAge queue={queue} />
      </Cell>
    </Row>
  );
}

function BrokerCount({ queue }: { queue: QueueSummary }) {
  if (queue.brokerCount === null) {
    return (
      <div className="text-sm whitespace-nowrap text-faint" data-tip={countTip(queue)}>
        broker: unknown
      </div>
    );
  }
  const differ = countsDiffer(queue);
  return (
    <div
      className={cx("text-sm whitespace-nowrap", differ ? "text-warn" : "text-faint")}
      data-tip={
        differ
          ? `The broker counts another number than has been read: its count may lag, or the reading is behind. ${countTip(queue)}`
          : countTip(queue)
      }
    >
      broker {differ ? "says " : ""}
      {numberText(queue.brokerCount)}
    </div>
  );
}

function TopReasons({ queue }: { queue: QueueSummary }) {
  if (isUnread(queue)) return <span className="text-faint italic">unknown</span>;
  if (queue.topReasons.length === 0) return <span className="text-faint">none</span>;
  const rest = queue.topReasons.length - REASONS_SHOWN;
  return (
    <ul>
      {queue.topReasons.slice(0, REASONS_SHOWN).map(({ reason, count }) => (
        <li key={reason} className="flex max-w-80 items-baseline gap-2 leading-6">
          <Link
            href={`/queues/${queue.id}?reason=${encodeURIComponent(reason)}`}
            className="min-w-0 truncate hover:text-accent hover:underline"
          >
            {reasonText(reason)}
          </Link>
          <span className="text-faint">{numberText(count)}</span>
        </li>
      ))}
      {rest > 0 && <li className="text-faint">and {countText(rest, "more reason")}</li>}
    </ul>
  );
}

function RunningReplays({ queue }: { queue: QueueSummary }) {
  if (queue.runningReplays.length === 0) return null;
  return (
    <div className="mt-1 flex flex-wrap gap-1">
      {queue.runningReplays.map((replay) => (
        <Link key={replay.id} href={`/replays/${replay.id}`} className="hover:underline">
          <Badge
            tone={replay.state === "paused" ? "warn" : "accent"}
            icon={replay.state === "paused" ? "pause" : "replay"}
          >
            replay {replay.state} {numberText(replay.done)} / {numberText(replay.total)}
          </Badge>
        </Link>
      ))}
    </div>
  );
}
