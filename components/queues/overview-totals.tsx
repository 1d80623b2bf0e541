"use client";
import { Figure } from "@/components/ui/figure";
import { Num } from "@/components/ui/num";
import type { QueueSummary } from "@/lib/contracts/queues";
import { oldestOf, QueueAge } from "./queue-age";

/** The whole in five figures. */
export function OverviewTotals({ queues }: { queues: readonly QueueSummary[] }) {
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
        <Num value={sum((queue) => queue.indexed)} />
      </Figure>
      <Figure label="First seen in the last 24 h">
        <Num value={sum((queue) => queue.arrivals.reduce((total, count) => total + count, 0))} />
      </Figure>
      <Figure label="Queues with dead letters">
        <Num value={queues.filter((queue) => queue.indexed > 0).length} />
        <span className="text-base font-normal text-faint"> of {queues.length}</span>
      </Figure>
      <Figure label="Running replays">
        <Num value={sum((queue) => queue.runningReplays.length)} />
      </Figure>
    </dl>
  );
}
