"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ActFailure } from "@/components/shell/act-failure";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { countText } from "@/components/ui/number-text";
import { cancelReplay, pauseReplay, replayQuery, resumeReplay } from "@/lib/client/replays";
import { useMay } from "@/lib/client/session";
import type { ReplaySummary } from "@/lib/contracts/replays";
import { KIND_NOUNS, whatText } from "./kind-words";
import { RateChange } from "./rate-change";
import { sentCount, waitingCount } from "./replay-figures";

/** Pause, resume, cancel, another rate; for who may. */
export function ReplayControls({ replay }: { replay: ReplaySummary }) {
  const client = useQueryClient();
  const mayControl = useMay("replays.control");
  const [cancelling, setCancelling] = useState(false);
  const refresh = () => client.invalidateQueries({ queryKey: replayQuery(replay.id).queryKey });
  const act = (work: (id: string) => Promise<unknown>) => ({ mutationFn: () => work(replay.id), onSettled: refresh });
  const pause = useMutation(act(pauseReplay));
  const resume = useMutation(act(resumeReplay));
  const cancel = useMutation({ ...act(cancelReplay), onSuccess: () => setCancelling(false) });
  const live = replay.state === "running" || replay.state === "paused";
  if (!mayControl || !live) return null;

  const waiting = waitingCount(replay.items);
  const discards = replay.kind === "discard";
  const resumeVerb = discards ? "discard" : "send";
  const sent = sentCount(replay.items);
  const failure = pause.error ?? resume.error;
  return (
    <div className="flex flex-col gap-3">
      {failure && <ActFailure title="It was not changed" error={failure} />}
      <div className="flex flex-wrap items-end gap-2">
        {replay.state === "running" ? (
          <Button icon="pause" onClick={() => pause.mutate()} busy={pause.isPending && "Pausing…"}>
            Pause
          </Button>
        ) : (
          <Button tone="primary" icon="play" onClick={() => resume.mutate()} busy={resume.isPending && "Resuming…"}>
            {waiting === 0 ? "Resume" : `Resume: ${resumeVerb} ${whatText(replay, waiting)}`}
          </Button>
        )}
        <Button tone="danger" icon="close" onClick={() => setCancelling(true)}>
          Cancel…
        </Button>
        <RateChange replay={replay} />
      </div>
      <Dialog
        open={cancelling}
        onClose={() => setCancelling(false)}
        title={`Cancel this ${KIND_NOUNS[replay.kind]} for good?`}
        footer={
          <>
            <Button onClick={() => setCancelling(false)}>Let it be</Button>
            <Button tone="danger" onClick={() => cancel.mutate()} busy={cancel.isPending && "Cancelling…"}>
              Cancel it: leave {countText(waiting, "message")} {discards ? "where they are" : "unsent"}
            </Button>
          </>
        }
      >
        <div className="flex flex-col gap-2">
          {cancel.error && <ActFailure title="It was not cancelled" error={cancel.error} />}
          <p>
            {discards
              ? `${countText(sent, "message")} ${sent === 1 ? "was" : "were"} archived and can be restored.`
              : `${countText(sent, "copy", "copies")} ${sent === 1 ? "was" : "were"} sent to ${replay.targetPath} and cannot be taken back.`}{" "}
            What is on its way right now runs to its end.
          </p>
          <p>
            {countText(waiting, "message")} {waiting === 1 ? "stays" : "stay"} in the{" "}
            {replay.kind === "restore" ? "archive" : "dead-letter queue"}, free for another plan.
          </p>
        </div>
      </Dialog>
    </div>
  );
}
