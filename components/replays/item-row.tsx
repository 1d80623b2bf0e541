"use client";
import Link from "next/link";
import type { Ref } from "react";
import { Badge } from "@/components/ui/badge";
import { numberText } from "@/components/ui/number-text";
import { Cell, Row } from "@/components/ui/table";
import { Ago } from "@/components/ui/time";
import type { ReplayItemRow, ReplaySummary } from "@/lib/contracts/replays";
import { StateBadge } from "./state-badge";
import { itemLook, outcomeLook } from "./state-words";

interface ItemRowProps {
  kind: ReplaySummary["kind"];
  item: ReplayItemRow;
  rowProps: { ref: Ref<HTMLTableRowElement>; "data-index": number; "aria-rowindex": number };
}

/** Of a discard nothing is sent: its time is that of the archive copy. */
export function sentHead(kind: ReplaySummary["kind"]): string {
  return kind === "discard" ? "Archived" : "Sent";
}

export function ItemRow({ kind, item, rowProps }: ItemRowProps) {
  const newId = item.sentMessageId !== null && item.sentMessageId !== item.messageId;
  return (
    <Row {...rowProps}>
      <Cell numeric label="No." className="w-16 text-faint">
        {numberText(item.ordinal)}
      </Cell>
      <Cell full className="max-md:order-first">
        <Link
          href={`/dead-letters/${item.deadLetterId}`}
          data-row-link=""
          prefetch={false}
          className="font-mono text-sm break-name hover:text-accent hover:underline"
        >
          {item.messageId ?? `sequence number ${item.key}`}
        </Link>
        {newId && <div className="text-sm text-faint break-name">sent as {item.sentMessageId}</div>}
      </Cell>
      <Cell>
        <span className="flex flex-wrap gap-1">
          <StateBadge look={itemLook(item.state, kind)} />
          {item.edited && (
            <Badge tone="accent" icon="edit">
              corrected
            </Badge>
          )}
          {item.outcome && item.outcome !== "unknown" && <StateBadge look={outcomeLook(item.outcome)} />}
        </span>
      </Cell>
      <Cell full className="text-sm text-soft break-name">
        {item.error}
        {item.returnedAs && (
          <>
            {item.error && " "}
            Dead again as{" "}
            <Link href={`/dead-letters/${item.returnedAs}`} className="text-accent underline">
              this message
            </Link>
            {item.returnedAt && (
              <>
                , <Ago time={item.returnedAt} />
              </>
            )}
            .
          </>
        )}
        {item.attempt > 1 && ` Attempt ${item.attempt}.`}
      </Cell>
      <Cell label={sentHead(kind)} className="text-sm whitespace-nowrap">
        {item.sentAt ? (
          <Ago time={item.sentAt} />
        ) : (
          <span className="text-faint">{kind === "discard" ? "not archived" : "not sent"}</span>
        )}
      </Cell>
    </Row>
  );
}
