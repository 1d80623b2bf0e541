"use client";
import Link from "next/link";
import type { Ref } from "react";
import { bytesText } from "@/components/ui/number-text";
import { Cell, Row } from "@/components/ui/table";
import { Age } from "@/components/ui/time";
import type { DeadLetterRow } from "@/lib/contracts/dead-letters";
import { reasonText } from "../queues/queue-words";
import { MessageBadges } from "./message-badges";

interface MessageRowProps {
  row: DeadLetterRow;
  /** Tickable; undefined where nothing can be done with a selection. */
  selected: boolean | undefined;
  onSelect: (on: boolean) => void;
  showReason: boolean;
  showQueue: boolean;
  rowProps: { ref: Ref<HTMLTableRowElement>; "data-index": number; "aria-rowindex": number };
}

/** One dead letter of a list. */
export function MessageRow({ row, selected, onSelect, showReason, showQueue, rowProps }: MessageRowProps) {
  const name = row.messageId ?? `sequence number ${row.key}`;
  return (
    <Row {...rowProps} selected={selected ?? false}>
      {selected !== undefined && (
        <Cell className="w-8 max-md:absolute max-md:right-4 max-md:top-3">
          <input
            type="checkbox"
            checked={selected}
            onChange={(event) => onSelect(event.target.checked)}
            aria-label={`Select ${name}`}
            className="size-4 align-middle"
          />
        </Cell>
      )}
      <Cell className="w-28 text-base font-semibold whitespace-nowrap">
        <Age since={row.enqueuedAt} />
        {row.rootEnqueuedAt !== row.enqueuedAt && (
          <div className="text-xs font-normal text-soft">
            first copy <Age since={row.rootEnqueuedAt} />
          </div>
        )}
      </Cell>
      <Cell full className="md:min-w-80 max-md:order-first max-md:pr-10">
        <Link
          href={`/dead-letters/${row.id}`}
          data-row-link=""
          prefetch={false}
          className="font-mono text-sm break-name hover:text-accent hover:underline"
        >
          {name}
        </Link>
        <div className="text-sm text-faint break-name">
          {[showQueue && row.queue.entityPath, row.subject, row.sessionId && `session ${row.sessionId}`]
            .filter(Boolean)
            .join(" · ")}
        </div>
      </Cell>
      <Cell full className="text-sm">
        <p className="line-clamp-2" title={row.description ?? undefined}>
          {showReason && <span className="font-medium">{reasonText(row.reason)} </span>}
          <span className="text-soft break-name">{row.description}</span>
        </p>
      </Cell>
      <Cell className="max-md:has-[>span:empty]:hidden">
        <MessageBadges row={row} />
      </Cell>
      <Cell numeric label="Deliveries" className="w-24">
        {row.deliveryCount}
      </Cell>
      <Cell numeric label="Size" className="w-24 whitespace-nowrap">
        {bytesText(row.size)}
      </Cell>
    </Row>
  );
}
