"use client";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { ActFailure } from "@/components/shell/act-failure";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { countText, numberText } from "@/components/ui/number-text";
import { Panel } from "@/components/ui/panel";
import { ReasonField, shortReason } from "@/components/ui/reason-field";
import { Ago } from "@/components/ui/time";
import { judgeReplayItems, replayItemsListQuery, replayQuery } from "@/lib/client/replays";
import { useMay } from "@/lib/client/session";
import type { JudgeItems, ReplayItemRow, ReplaySummary } from "@/lib/contracts/replays";

/**
 * Copies that may or may not have arrived, for a person to judge (R5): what is known of each, then one of three words on
 * all that are ticked. Nothing is ticked beforehand.
 */
export function JudgePanel({ replay, stamps }: { replay: ReplaySummary; stamps: boolean }) {
  const client = useQueryClient();
  const mayControl = useMay("replays.control");
  const list = useInfiniteQuery(replayItemsListQuery(replay.id, { state: "uncertain" }));
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [reason, setReason] = useState("");
  const [asked, setAsked] = useState(false);
  const judge = useMutation({
    mutationFn: (body: JudgeItems) => judgeReplayItems(replay.id, body),
    onSuccess: () => {
      setTicked(new Set());
      setAsked(false);
    },
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: replayQuery(replay.id).queryKey }),
        client.invalidateQueries({ queryKey: ["replay-items", replay.id] }),
      ]),
  });
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const chosen = items.filter(({ id }) => ticked.has(id)).map(({ id }) => id);
  const none = chosen.length === 0 ? "Tick the copies that you judge." : undefined;
  const short = shortReason(reason, "Say in a few words how you know.");
  const mark = (ids: readonly string[], on: boolean) => {
    const next = new Set(ticked);
    for (const id of ids) on ? next.add(id) : next.delete(id);
    setTicked(next);
  };
  const say = (judgement: JudgeItems["judgement"]) => {
    setAsked(true);
    if (!none && !short) judge.mutate({ items: chosen, judgement, reason });
  };
  if (items.length === 0) return null;
  const count = chosen.length === 0 ? "what is ticked" : countText(chosen.length, "message");
  const live = replay.state === "running" || replay.state === "paused";
  return (
    <Panel title="Copies in doubt">
      <div className="flex flex-col gap-4">
        <p className="text-sm text-soft">
          The send was begun and its answer never came. What a look into {replay.targetPath} showed stands beside each.
          Look into its consumer's records for these message ids, then say what you found. Until then each stays in the
          dead-letter queue and in no other replay.
        </p>
        <ul className="flex flex-col divide-y divide-line border-y border-line">
          {items.map((item) => (
            <DoubtfulItem
              key={item.id}
              item={item}
              stamps={stamps}
              ticked={mayControl ? ticked.has(item.id) : undefined}
              onTick={(on) => mark([item.id], on)}
            />
          ))}
        </ul>
        {list.hasNextPage && (
          <Button small onClick={() => void list.fetchNextPage()} busy={list.isFetchingNextPage && "Reading more…"}>
            Show more of them
          </Button>
        )}
        {judge.error && <ActFailure title="Nothing was changed" error={judge.error} />}
        {mayControl ? (
          <>
            <Button
              small
              className="self-start"
              onClick={() =>
                mark(
                  items.map(({ id }) => id),
                  chosen.length < items.length,
                )
              }
            >
              {chosen.length < items.length ? `Tick all ${numberText(items.length)} shown` : "Untick all"}
            </Button>
            <ReasonField
              label="How you know"
              error={asked ? (none ?? short) : undefined}
              hint="Kept in the audit with what you chose."
              value={reason}
              onChange={setReason}
            />
            <div className="flex flex-wrap gap-2">
              <Button onClick={() => say("arrived")} busy={judge.isPending && "Recording…"}>
                It arrived: remove {count} from the dead-letter queue
              </Button>
              {live && (
                <Button tone="danger" onClick={() => say("send-again")} disabled={judge.isPending}>
                  It did not: send {count} again to {replay.targetPath}
                </Button>
              )}
              <Button tone="quiet" onClick={() => say("leave")} disabled={judge.isPending}>
                Leave {count} dead, free for another plan
              </Button>
            </div>
          </>
        ) : (
          <p className="text-sm text-soft">Operators and administrators judge them.</p>
        )}
      </div>
    </Panel>
  );
}

interface DoubtfulItemProps {
  item: ReplayItemRow;
  /** Its copy carries the console's stamps, by which it could be found. */
  stamps: boolean;
  /** Undefined: may not be judged by who looks. */
  ticked: boolean | undefined;
  onTick: (on: boolean) => void;
}

function DoubtfulItem({ item, stamps, ticked, onTick }: DoubtfulItemProps) {
  const name = item.messageId ?? `sequence number ${item.key}`;
  return (
    <li className="flex items-start gap-3 py-2">
      {ticked !== undefined && (
        <input
          type="checkbox"
          className="mt-1 size-4"
          checked={ticked}
          onChange={(event) => onTick(event.target.checked)}
          aria-label={`Judge ${name}`}
        />
      )}
      <div className="min-w-0 text-sm">
        <Link
          href={`/dead-letters/${item.deadLetterId}`}
          className="font-mono break-name hover:text-accent hover:underline"
        >
          {name}
        </Link>
        {item.sentMessageId !== item.messageId && (
          <span className="text-faint break-name"> sent as {item.sentMessageId ?? "a copy without an id"}</span>
        )}
        <p className="text-soft break-name">
          Attempt {item.attempt}
          {item.intentAt && (
            <>
              , begun <Ago time={item.intentAt} focusable />
            </>
          )}
          . {item.error}
        </p>
        <EvidenceLine item={item} stamps={stamps} />
      </div>
    </li>
  );
}

/** What is known beside the doubt itself. That a copy is not in the target proves nothing, and is said so. */
function EvidenceLine({ item: { evidence }, stamps }: { item: ReplayItemRow; stamps: boolean }) {
  if (evidence !== null) {
    return (
      <p className="flex items-start gap-1.5 break-name">
        <Icon name={evidence.found ? "check" : "search"} className="mt-[3px] text-soft" />
        <span className="min-w-0">
          {evidence.words}, looked <Ago time={evidence.at} focusable />
        </span>
      </p>
    );
  }
  return (
    <p className="text-faint">
      {stamps
        ? "Nobody has looked into the target for it yet."
        : "Its copy carries no stamps: it cannot be looked for in the target."}
    </p>
  );
}
