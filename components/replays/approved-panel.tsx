"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ActFailure } from "@/components/shell/act-failure";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { Panel } from "@/components/ui/panel";
import { replayQuery, startReplay } from "@/lib/client/replays";
import { useMay } from "@/lib/client/session";
import type { ReplayDetail } from "@/lib/contracts/replays";
import { Withdraw } from "./approval-panel";
import { Asked } from "./asked";
import { StartTime, startWords } from "./start-time";

/** A plan that a second person has approved: it is started as it stands, with the reason that was approved. */
export function ApprovedPanel({ detail }: { detail: ReplayDetail }) {
  const client = useQueryClient();
  const { replay } = detail;
  const mayControl = useMay("replays.control");
  const start = useMutation({
    mutationFn: () => startReplay(replay.id, { planHash: detail.planHash, reason: null, ticket: null }),
    onSettled: () => client.invalidateQueries({ queryKey: replayQuery(replay.id).queryKey }),
  });
  return (
    <Panel title="Approved">
      <div className="flex flex-col gap-4">
        <Asked replay={replay} />
        <StartTime detail={detail} />
        {start.error && (
          <ActFailure title="It was not started" error={start.error}>
            Nothing was sent.
          </ActFailure>
        )}
        {mayControl ? (
          <>
            <Button
              tone={replay.kind === "discard" ? "danger" : "primary"}
              icon={replay.kind === "discard" ? "discard" : "play"}
              className="min-h-10"
              onClick={() => start.mutate()}
              busy={(start.isPending || start.isSuccess) && "Starting…"}
            >
              {startWords(detail)}
            </Button>
            <Withdraw id={replay.id} />
          </>
        ) : (
          <Banner icon="lock" title="You may look at this plan, but not start it">
            Operators and administrators start replays.
          </Banner>
        )}
        <p className="text-sm text-soft">An approved plan that nobody starts expires by itself.</p>
      </div>
    </Panel>
  );
}
