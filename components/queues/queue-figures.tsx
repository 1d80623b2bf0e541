"use client";
import { Figure } from "@/components/ui/figure";
import { Num } from "@/components/ui/num";
import { countText, numberText } from "@/components/ui/number-text";
import { Sparkline } from "@/components/ui/sparkline";
import type { QueueSummary } from "@/lib/contracts/queues";
import { QueueAge } from "./queue-age";
import { countsDiffer, countTip, isUnread } from "./queue-words";

/** A DLQ in figures. */
export function QueueFigures({ queue }: { queue: QueueSummary }) {
  const unread = isUnread(queue);
  const arrived = queue.arrivals.reduce((sum, count) => sum + count, 0);
  return (
    <dl className="mb-4 grid grid-cols-2 gap-x-8 gap-y-2 sm:flex sm:flex-wrap sm:gap-x-12">
      <Figure label="Oldest">
        <QueueAge queue={queue} />
      </Figure>
      <Figure label="Dead letters read">
        <Num value={unread ? null : queue.indexed} />
      </Figure>
      <Figure label="Broker counts">
        <span className={countsDiffer(queue) ? "text-warn" : undefined} data-tip={countTip(queue)}>
          {queue.brokerCount === null ? <Num value={null} /> : numberText(queue.brokerCount)}
        </span>
      </Figure>
      <Figure label="Causes">
        <Num value={unread ? null : queue.causes} />
      </Figure>
      <Figure label="First seen in the last 24 h">
        {unread ? (
          <Num value={null} />
        ) : (
          <span className="flex items-center gap-3">
            <Num value={arrived} />
            <Sparkline
              values={queue.arrivals}
              label={`${countText(arrived, "message")} first seen in the last 24 hours, by hour`}
            />
          </span>
        )}
      </Figure>
    </dl>
  );
}
