import Link from "next/link";
import type { ReactNode } from "react";
import { bytesText } from "@/components/ui/number-text";
import { Ago } from "@/components/ui/time";
import type { DeadLetterDetail } from "@/lib/contracts/dead-letters";
import { reasonText } from "../queues/queue-words";

/** What the broker says of the message. */
export function MessageFacts({ detail }: { detail: DeadLetterDetail }) {
  const { row } = detail;
  const facts: readonly (readonly [string, ReactNode])[] = [
    [
      "Reason",
      <Link key="r" href={`/causes/${detail.causeId}`} className="hover:text-accent hover:underline">
        {reasonText(row.reason)}
      </Link>,
    ],
    [
      "Description",
      row.description && (
        <span key="d" className="block font-mono text-xs whitespace-pre-wrap">
          {row.description}
        </span>
      ),
    ],
    ["Enqueued", <Ago key="e" time={row.enqueuedAt} focusable />],
    [
      "Its first copy enqueued",
      row.rootEnqueuedAt === row.enqueuedAt ? null : <Ago key="o" time={row.rootEnqueuedAt} focusable />,
    ],
    ["First seen here", <Ago key="f" time={row.firstSeenAt} focusable />],
    ["Left the queue", row.leftAt && <Ago key="l" time={row.leftAt} focusable />],
    ["Deliveries", row.deliveryCount],
    ["Message id", row.messageId ?? <i key="m">none</i>],
    ["Sequence number", row.key],
    ["Subject", row.subject],
    ["Correlation id", row.correlationId],
    [
      "Trace id",
      detail.trace && (
        <span key="t" className="font-mono text-xs" data-tip={`of its property ${detail.trace.property}`}>
          {detail.trace.traceId}
        </span>
      ),
    ],
    [
      "Traces",
      detail.traceLinks.length > 0 && (
        <span key="x" className="flex flex-wrap gap-x-3">
          {detail.traceLinks.map(({ label, url }) => (
            <a
              key={url}
              href={url}
              target="_blank"
              rel="noopener noreferrer"
              className="text-accent underline decoration-accent/40 hover:decoration-accent"
            >
              {label}
            </a>
          ))}
        </span>
      ),
    ],
    ["Session", row.sessionId],
    ["Partition key", detail.partitionKey],
    ["Content type", row.contentType ?? <i key="c">none</i>],
    ["Died in", detail.deadLetterSource],
    ["Size", `${bytesText(row.size)}, body ${bytesText(detail.bodySize)}`],
  ];
  return (
    <dl className="grid grid-cols-[7.5rem_1fr] gap-x-3 gap-y-1.5 text-sm">
      {facts
        .filter(([, value]) => value !== null && value !== "" && value !== false)
        .map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-faint">{name}</dt>
            <dd className="min-w-0 break-name">{value}</dd>
          </div>
        ))}
    </dl>
  );
}
