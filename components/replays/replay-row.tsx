"use client";
import Link from "next/link";
import type { Ref } from "react";
import { countText, numberText, rateText } from "@/components/ui/number-text";
import { Segments } from "@/components/ui/segments";
import { Cell, Row } from "@/components/ui/table";
import { Ago } from "@/components/ui/time";
import type { ReplaySummary } from "@/lib/contracts/replays";
import { openCount, sentCount, unsentCount } from "./replay-figures";
import { StateBadge } from "./state-badge";
import { replayLook } from "./state-words";

interface ReplayRowProps {
  replay: ReplaySummary;
  rowProps: { ref: Ref<HTMLTableRowElement>; "data-index": number; "aria-rowindex": number };
}

const HOLD_WORDS: Record<NonNullable<ReplaySummary["hold"]>["kind"], string> = {
  stopped: "held by a stop",
  "quiet-hours": "quiet hours",
  consumer: "waits for its consumer",
  canary: "canary is out",
};

export function ReplayRow({ replay, rowProps }: ReplayRowProps) {
  const sent = sentCount(replay.items);
  const returned = replay.cameBack;
  return (
    <Row {...rowProps}>
      <Cell className="w-28">
        <StateBadge look={replayLook(replay.state)} />
        {replay.hold !== null && <div className="mt-0.5 text-sm text-warn">{HOLD_WORDS[replay.hold.kind]}</div>}
        {replay.state === "scheduled" && replay.startsAt !== null && (
          <div className="mt-0.5 text-sm text-soft">
            <Ago time={replay.startsAt} />
          </div>
        )}
      </Cell>
      <Cell full className="max-md:order-first">
        <Link
          href={`/replays/${replay.id}`}
          data-row-link=""
          className="font-medium break-name hover:text-accent hover:underline"
        >
          {replay.kind !== "replay" && `${replay.kind === "discard" ? "Discard" : "Restore"} of `}
          {countText(replay.total, "message")} of {replay.queue.entityPath}
        </Link>
        <div className="text-sm text-faint break-name">
          {replay.kind === "discard" ? "into the archive" : `to ${replay.targetPath}`}, at most {rateText(replay.rate)}{" "}
          a second
        </div>
      </Cell>
      <Cell label={replay.kind === "discard" ? "Archived" : "Sent"} className="md:w-44">
        <div className="mb-1 whitespace-nowrap">
          {numberText(sent)} <span className="text-faint">of {numberText(replay.total)}</span>
        </div>
        <Segments
          label={`${numberText(sent)} of ${numberText(replay.total)} ${replay.kind === "discard" ? "archived" : "sent"}`}
          segments={[
            { id: "returned", count: Math.min(returned, sent), fill: "fill-warn" },
            // No green: that a consumer took the copies is not known (R12).
            { id: "sent", count: sent - Math.min(returned, sent), fill: "fill-accent" },
            { id: "uncertain", count: replay.items.uncertain ?? 0, fill: "fill-bad" },
            { id: "unsent", count: unsentCount(replay.items), fill: "fill-edge" },
            { id: "open", count: openCount(replay.items), fill: "fill-line" },
          ]}
        />
      </Cell>
      <Cell label="Came back" numeric className="w-24">
        {replay.kind === "discard" ? (
          <span className="text-sm text-faint">none sent</span>
        ) : (
          <span className={returned > 0 ? "font-medium text-warn" : "text-faint"}>{numberText(returned)}</span>
        )}
      </Cell>
      <Cell full className="text-sm">
        <span className="line-clamp-2 break-name">
          {replay.reason ?? <span className="text-faint">not started</span>}
        </span>
        {replay.ticket && <span className="text-faint">{replay.ticket}</span>}
      </Cell>
      <Cell full className="text-sm whitespace-nowrap">
        {replay.startedBy ?? replay.createdBy}
        <div className="text-faint">
          <Ago time={replay.startedAt ?? replay.createdAt} />
        </div>
      </Cell>
    </Row>
  );
}
