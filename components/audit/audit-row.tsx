"use client";
import Link from "next/link";
import { type Ref, useState } from "react";
import { cx } from "@/components/ui/cx";
import { Icon, type IconName } from "@/components/ui/icon";
import { Cell, Row } from "@/components/ui/table";
import { Ago } from "@/components/ui/time";
import { utcText } from "@/components/ui/time-text";
import type { AuditEventWire } from "@/lib/contracts/audit";
import { sentenceOf, subjectHref } from "./audit-words";

const ACTORS: Record<AuditEventWire["actorKind"], IconName> = { person: "person", worker: "replay", system: "screen" };

interface AuditRowProps {
  event: AuditEventWire;
  rowProps: { ref: Ref<HTMLTableRowElement>; "data-index": number; "aria-rowindex": number };
}

/** One event as a sentence; its record as it stands below, when opened. */
export function AuditRow({ event, rowProps }: AuditRowProps) {
  const [open, setOpen] = useState(false);
  const href = subjectHref(event);
  return (
    <Row {...rowProps}>
      <Cell className="w-44 text-sm whitespace-nowrap text-soft max-md:col-span-2">
        <Ago time={event.at} />
        <div className="text-xs text-faint max-md:inline max-md:pl-2">{utcText(Date.parse(event.at))}</div>
      </Cell>
      <Cell full>
        <div className="flex items-start gap-2">
          <Icon name={ACTORS[event.actorKind]} className="mt-[3px] text-faint" />
          <div className="min-w-0 flex-1">
            <span className="font-semibold">{event.actorName}</span>{" "}
            <span className="break-name">{sentenceOf(event)}</span>
            {event.reason && <div className="text-sm text-soft break-name">“{event.reason}”</div>}
            {open && <Record event={event} />}
          </div>
        </div>
      </Cell>
      <Cell full className="text-right text-sm whitespace-nowrap max-md:text-left">
        {href && (
          <Link href={href} className="mr-3 inline-flex min-h-6 items-center text-accent hover:underline">
            Open the {event.subjectKind === "dead-letter" ? "message" : event.subjectKind}
          </Link>
        )}
        <button
          type="button"
          data-row-link=""
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="inline-flex min-h-6 items-center gap-1 rounded-sm text-soft hover:text-ink"
        >
          Record
          <Icon name="chevron" className={cx("size-3", open && "rotate-90")} />
        </button>
      </Cell>
    </Row>
  );
}

function Record({ event }: { event: AuditEventWire }) {
  const facts: readonly (readonly [string, string | null])[] = [
    ["Number", event.id],
    ["Time", utcText(Date.parse(event.at))],
    ["Actor", `${event.actorKind} ${event.actorId ?? ""}`],
    ["Action", event.action],
    ["Subject", `${event.subjectKind} ${event.subjectId}`],
    ["Replay", event.replayId],
  ];
  return (
    <div className="mt-2 rounded-md border border-line bg-sunken p-3 text-sm">
      <dl className="grid grid-cols-[5rem_1fr] gap-y-1">
        {facts
          .filter(([, value]) => value !== null)
          .map(([name, value]) => (
            <div key={name} className="contents">
              <dt className="text-faint">{name}</dt>
              <dd className="font-mono break-name">{value}</dd>
            </div>
          ))}
      </dl>
      {Object.keys(event.detail).length > 0 && (
        <pre className="mt-2 overflow-x-auto border-t border-line pt-2 font-mono text-xs whitespace-pre-wrap break-name">
          {JSON.stringify(event.detail, null, 2)}
        </pre>
      )}
    </div>
  );
}
