"use client";
import { useNow } from "@/components/ui/as-of";
import { cx } from "@/components/ui/cx";
import { LoudAge } from "@/components/ui/time";
import type { QueueSummary } from "@/lib/contracts/queues";
import { severityOf } from "./queue-words";

const INK = { calm: "text-ink", ageing: "text-warn", old: "text-bad" } as const;

type Ages = Pick<QueueSummary, "oldestEnqueuedAt" | "oldestReadAt" | "oldestRootEnqueuedAt">;

/** The enqueued time that a DLQ's age counts from: of the root of a copy that came back, if that is older. */
export function oldestOf(queue: Ages): string | null {
  const times = [queue.oldestEnqueuedAt, queue.oldestRootEnqueuedAt].filter((time) => time !== null);
  return times.sort()[0] ?? null;
}

/** The age of a DLQ's oldest message: the loudest figure of the page. */
export function QueueAge({ queue, className }: { queue: Ages; className?: string }) {
  const now = useNow();
  const oldest = oldestOf(queue);
  if (oldest === null) {
    return queue.oldestReadAt === null ? (
      <span className="text-faint italic">unknown</span>
    ) : (
      <span className="text-faint">empty</span>
    );
  }
  const severity = severityOf((now - Date.parse(oldest)) / 1000);
  return <LoudAge since={oldest} className={cx(INK[severity], className)} />;
}
