import { utcText } from "@/components/ui/time-text";
import type { QueueSummary } from "@/lib/contracts/queues";
import type { AgeClock } from "@/lib/domain/age";

const SUB_QUEUES = {
  "dead-letter": "dead-letter queue",
  "transfer-dead-letter": "transfer dead-letter queue",
  forwarded: "queue that dead letters are forwarded to",
} as const;

/** What kind of DLQ it is, in words. */
export function kindText(queue: Pick<QueueSummary, "subQueue" | "entityKind">): string {
  return queue.subQueue === "forwarded"
    ? SUB_QUEUES.forwarded
    : `${SUB_QUEUES[queue.subQueue]} of a ${queue.entityKind}`;
}

export type Severity = "calm" | "ageing" | "old";

/** How loudly an age is shown: a day is past most on-call shifts, a week is past most brokers' patience with TTLs. */
export function severityOf(ageSeconds: number): Severity {
  if (ageSeconds >= 604_800) return "old";
  return ageSeconds >= 86_400 ? "ageing" : "calm";
}

/** Nothing of it has been read yet: its figures are unknown, not zero. */
export function isUnread(queue: Pick<QueueSummary, "scan" | "indexed">): boolean {
  return queue.scan.scannedAt === null && queue.indexed === 0;
}

/** Whether the index and the broker tell different numbers, beyond what scanning lag explains. */
export function countsDiffer(queue: Pick<QueueSummary, "scan" | "indexed" | "brokerCount">): boolean {
  return (
    queue.brokerCount !== null &&
    !isUnread(queue) &&
    Math.abs(queue.brokerCount - queue.indexed) > Math.max(5, queue.indexed * 0.02)
  );
}

/** The reason as it is shown; the broker allows none. */
export function reasonText(reason: string): string {
  return reason === "" ? "(no reason)" : reason;
}

/** Where the broker's count is from and of when, or that it could not say. */
export function countTip({
  brokerCount,
  brokerCountAt,
  brokerCountSource,
}: Pick<QueueSummary, "brokerCount" | "brokerCountAt" | "brokerCountSource">): string {
  if (brokerCountAt === null) return "The broker has not been asked yet";
  const at = utcText(Date.parse(brokerCountAt));
  if (brokerCount === null) return `The broker could not say, last asked ${at}`;
  return `${brokerCountSource ?? "the broker"}, read ${at}; it may lag`;
}

/** The clocks that ages are counted by, each named as what it is. */
export const CLOCK_WORDS: Readonly<Record<AgeClock, { since: string; ages: string; chip: string; of: string }>> = {
  enqueued: {
    since: "Since enqueued",
    ages: "Ages",
    chip: "age",
    of: "By the broker's clock. A copy that came back from a replay counts from when it was enqueued itself.",
  },
  "first-seen": {
    since: "Since first seen",
    ages: "Ages since first seen",
    chip: "first seen",
    of: "By when this console first read a message in the dead-letter queue: what was there before that looks younger than it is.",
  },
};
