"use client";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ActFailure } from "@/components/shell/act-failure";
import { Button } from "@/components/ui/button";
import { countText, numberText } from "@/components/ui/number-text";
import { Panel } from "@/components/ui/panel";
import { ReasonField, shortReason } from "@/components/ui/reason-field";
import { judgeReplayItems, replayItemsListQuery, replayQuery } from "@/lib/client/replays";
import { useMay } from "@/lib/client/session";
import type { JudgeItems, ReplayDetail } from "@/lib/contracts/replays";
import { DoubtfulItem } from "./doubtful-item";

/**
 * Copies that may or may not have arrived, for a person to judge (R5): what is known of each, then one of three words on
 * all that are ticked. Nothing is ticked beforehand.
 */
export function JudgePanel({ detail: { replay, preflight, ordered } }: { detail: ReplayDetail }) {
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
  const restores = replay.kind === "restore";
  const live = replay.state === "running" || replay.state === "paused";
  return (
    <Panel title="Copies in doubt">
      <div className="flex flex-col gap-4">
        <p className="text-sm text-soft">
          A send of each was begun, and its answer never came. What became of it since stands beside it: that its
          original has left the dead-letter queue, that another send was refused, what a look into {replay.targetPath}{" "}
          showed. Look into its consumer's records for these message ids, then say what you found. Until then nothing of
          them is removed, and no other replay takes them.
        </p>
        <ul className="flex flex-col divide-y divide-line border-y border-line">
          {items.map((item) => (
            <DoubtfulItem
              key={item.id}
              item={item}
              stamps={preflight.stamps}
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
                {restores
                  ? `It arrived: record ${count} as restored`
                  : `It arrived: remove ${count} from the dead-letter queue`}
              </Button>
              {live && (
                <Button tone="danger" onClick={() => say("send-again")} disabled={judge.isPending}>
                  It did not: send {count} again to {replay.targetPath}
                </Button>
              )}
              <Button tone="quiet" onClick={() => say("leave")} disabled={judge.isPending}>
                Leave {count} {restores ? "in the archive" : "dead"}, free for another plan
              </Button>
            </div>
            <p className="text-sm text-soft">
              What you leave is sent no more, and stays where its original is, if that is still there.
              {ordered && " Those behind it in its session are cancelled: none of them may go before it."}
            </p>
          </>
        ) : (
          <p className="text-sm text-soft">Operators and administrators judge them.</p>
        )}
      </div>
    </Panel>
  );
}
