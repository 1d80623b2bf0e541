"use client";
import { useNow } from "@/components/ui/as-of";
import { Icon } from "@/components/ui/icon";
import { numberText } from "@/components/ui/number-text";
import { Ago } from "@/components/ui/time";
import type { QueueSummary } from "@/lib/contracts/queues";

/** Seconds without a look after which the picture is called old. */
const LATE_SECONDS = 120;

/** How fresh and how complete the figures of a DLQ are, in words. */
export function PictureAge({
  queue,
  inline = false,
}: {
  queue: Pick<QueueSummary, "scan" | "vanishedAt" | "brokerCount">;
  inline?: boolean;
}) {
  const now = useNow();
  const { scan, vanishedAt } = queue;
  if (vanishedAt !== null) {
    return (
      <span className="text-warn">
        <Icon name="alert" className="mr-1 size-3.5 align-[-2px]" />
        the broker no longer lists it, since <Ago time={vanishedAt} />
      </span>
    );
  }
  if (scan.error !== null) {
    return (
      <span className="text-warn" data-tip={scan.error}>
        <Icon name="alert" className="mr-1 size-3.5 align-[-2px]" />
        scan failed{scan.errorAt && " "}
        {scan.errorAt && <Ago time={scan.errorAt} />}
        {inline && ", "}
        <span className={inline ? "" : "block"}>
          {scan.scannedAt === null ? (
            "not read yet"
          ) : (
            <>
              last read <Ago time={scan.scannedAt} />
            </>
          )}
        </span>
      </span>
    );
  }
  if (scan.scannedAt === null) return <span className="text-faint italic">not read yet</span>;
  const late = now - Date.parse(scan.scannedAt) > LATE_SECONDS * 1000;
  return (
    <span className={late ? "text-warn" : "text-soft"}>
      {late && <Icon name="clock" className="mr-1 size-3.5 align-[-2px]" />}
      read <Ago time={scan.scannedAt} />
      {inline && ", "}
      <span className={inline ? "" : "block text-faint"}>
        {scan.walkedAt === null ? (
          firstWalkText(scan.walkSeen, queue.brokerCount)
        ) : (
          <>
            in full <Ago time={scan.walkedAt} />
          </>
        )}
      </span>
    </span>
  );
}

/** How far the first walk has come: what lies behind that is not known yet. */
function firstWalkText(seen: number | null, brokerCount: number | null): string {
  if (seen === null) return "never read to its end yet";
  const of = brokerCount === null ? "an unknown number" : `about ${numberText(brokerCount)}`;
  return `not read to its end yet: ${numberText(seen)} of ${of} so far`;
}
