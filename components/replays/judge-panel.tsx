"use client";
import { type UseMutationResult, useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ActFailure } from "@/components/shell/act-failure";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { countText, numberText } from "@/components/ui/number-text";
import { Panel } from "@/components/ui/panel";
import { ReasonField, shortReason } from "@/components/ui/reason-field";
import { judgeReplayItems, replayItemsListQuery, replayQuery } from "@/lib/client/replays";
import { useMay } from "@/lib/client/session";
import type { JudgedItems, JudgeItems } from "@/lib/contracts/judge-items";
import type { ReplayDetail, ReplayItemRow } from "@/lib/contracts/replays";
import { DoubtfulItem, nameOf } from "./doubtful-item";

/** Messages that came too late, by name. */
const MOST_NAMED = 10;

type Judgement = Omit<JudgeItems, "items"> & { readonly chosen: readonly ReplayItemRow[] };

/** Copies that may or may not have arrived, for a person to judge (R5), and what of the last judgement came too late. */
export function JudgePanel({ detail }: { detail: ReplayDetail }) {
  const { replay } = detail;
  const client = useQueryClient();
  const judge = useMutation({
    mutationFn: ({ chosen, ...said }: Judgement) =>
      judgeReplayItems(replay.id, { ...said, items: chosen.map(({ id, attempt }) => ({ id, attempt })) }),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: replayQuery(replay.id).queryKey }),
        client.invalidateQueries({ queryKey: ["replay-items", replay.id] }),
      ]),
  });
  const overtaken = judge.data?.overtaken ?? [];
  return (
    <>
      {overtaken.length > 0 && (
        <Overtaken
          items={judge.variables?.chosen.filter(({ id }) => overtaken.includes(id)) ?? []}
          recorded={judge.data?.judged ?? 0}
        />
      )}
      {judge.error && <ActFailure title="Nothing was changed" error={judge.error} />}
      {(replay.items.uncertain ?? 0) > 0 && <JudgeForm detail={detail} judge={judge} />}
    </>
  );
}

interface JudgeFormProps {
  detail: ReplayDetail;
  judge: UseMutationResult<JudgedItems, Error, Judgement>;
}

/** What is known of each, then one of three words on all that are ticked. Nothing is ticked beforehand. */
function JudgeForm({ detail: { replay, preflight, ordered }, judge }: JudgeFormProps) {
  const mayControl = useMay("replays.control");
  const list = useInfiniteQuery(replayItemsListQuery(replay.id, { state: "uncertain" }));
  // With the attempt that was shown: a tick is no word on a later one.
  const [ticked, setTicked] = useState<ReadonlyMap<string, number>>(new Map());
  const [reason, setReason] = useState("");
  const [asked, setAsked] = useState(false);
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const isTicked = ({ id, attempt }: ReplayItemRow) => ticked.get(id) === attempt;
  const chosen = items.filter(isTicked);
  const none = chosen.length === 0 ? "Tick the copies that you judge." : undefined;
  const short = shortReason(reason, "Say in a few words how you know.");
  const mark = (marked: readonly ReplayItemRow[], on: boolean) =>
    setTicked((before) => {
      const next = new Map(before);
      for (const { id, attempt } of marked) on ? next.set(id, attempt) : next.delete(id);
      return next;
    });
  const say = (judgement: JudgeItems["judgement"]) => {
    setAsked(true);
    if (none || short) return;
    const onSuccess = () => {
      // Others may have been ticked since: the list is read anew before this is called.
      mark(chosen, false);
      setAsked(false);
    };
    judge.mutate({ chosen, judgement, reason }, { onSuccess });
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
              ticked={mayControl ? isTicked(item) : undefined}
              onTick={(on) => mark([item], on)}
            />
          ))}
        </ul>
        {list.hasNextPage && (
          <Button small onClick={() => void list.fetchNextPage()} busy={list.isFetchingNextPage && "Reading more…"}>
            Show more of them
          </Button>
        )}
        {mayControl ? (
          <>
            <Button small className="self-start" onClick={() => mark(items, chosen.length < items.length)}>
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

/** What was judged by what the page showed, and has had another attempt by then. */
function Overtaken({ items, recorded }: { items: readonly ReplayItemRow[]; recorded: number }) {
  const names = items.slice(0, MOST_NAMED).map(nameOf).join(", ");
  const others = items.length - MOST_NAMED;
  return (
    <Banner
      tone="warn"
      live
      title={`Nothing was changed of ${countText(items.length, "message")}: another attempt was begun meanwhile`}
    >
      What you judged was an earlier copy of {names}
      {others > 0 && ` and ${countText(others, "other")}`}. Look at {items.length === 1 ? "it" : "them"} anew.
      {recorded > 0 && ` What you said of the other ${numberText(recorded)} was recorded.`}
    </Banner>
  );
}
