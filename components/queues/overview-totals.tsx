"use client";
import { Figure } from "@/components/ui/figure";
import { Num } from "@/components/ui/num";
import { countText, numberText } from "@/components/ui/number-text";
import type { QueueSummary } from "@/lib/contracts/queues";
import { oldestOf, QueueAge } from "./queue-age";
import { isUnread } from "./queue-words";

/** The whole in five figures, and how much of it is not known yet. What the broker no longer lists counts into none of them. */
export function OverviewTotals({ queues: listed }: { queues: readonly QueueSummary[] }) {
  const queues = listed.filter((queue) => queue.vanishedAt === null);
  const partly = queues.filter((queue) => queue.scan.walkedAt === null).length;
  const oldest =
    queues
      .map(oldestOf)
      .filter((time) => time !== null)
      .sort()[0] ?? null;
  const known = queues.every((queue) => queue.oldestReadAt !== null);
  const sum = (figure: (queue: QueueSummary) => number) => queues.reduce((total, queue) => total + figure(queue), 0);
  return (
    <dl className="mb-4 grid grid-cols-2 gap-x-8 gap-y-2 sm:flex sm:flex-wrap sm:gap-x-12">
      <Figure label="Oldest dead letter">
        <QueueAge queue={{ oldestEnqueuedAt: oldest, oldestRootEnqueuedAt: null, oldestReadAt: known ? "" : null }} />
      </Figure>
      <Figure label="Dead letters">
        <Num value={queues.length > 0 && queues.every(isUnread) ? null : sum((queue) => queue.indexed)} />
        {partly > 0 && (
          <span className="block text-sm font-normal whitespace-normal text-soft">
            {numberText(partly)} of {countText(queues.length, "queue")} not read to {partly === 1 ? "its" : "their"} end
            yet
          </span>
        )}
      </Figure>
      <Figure label="First seen in the last 24 h">
        <Num value={sum((queue) => queue.arrivals.reduce((total, count) => total + count, 0))} />
      </Figure>
      <Figure label="Queues with dead letters">
        <Num value={queues.filter((queue) => queue.indexed > 0).length} />
        <span className="text-base font-normal text-faint"> of {numberText(queues.length)}</span>
      </Figure>
      <Figure label="Replays under way">
        <Num value={sum((queue) => queue.runningReplays.length)} />
      </Figure>
    </dl>
  );
}
