"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ActFailure } from "@/components/shell/act-failure";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { Panel } from "@/components/ui/panel";
import { ReasonField, shortReason } from "@/components/ui/reason-field";
import { attentionQuery } from "@/lib/client/attention";
import { approveReplay, cancelReplay, declineReplay, replayQuery } from "@/lib/client/replays";
import { useMay, useSession } from "@/lib/client/session";
import type { ReplayDetail } from "@/lib/contracts/replays";
import { Asked } from "./asked";
import { KIND_NOUNS, whatText } from "./kind-words";

/** A plan that waits for a second person: for that person the two answers, for the others what is waited for. */
export function ApprovalPanel({ detail }: { detail: ReplayDetail }) {
  const { replay } = detail;
  const mayApprove = useMay("replays.approve");
  const mayControl = useMay("replays.control");
  const involved = detail.involved.includes(useSession().person.id);
  return (
    <Panel title="Approval">
      <div className="flex flex-col gap-4">
        <Asked replay={replay} />
        {mayApprove && !involved ? (
          <Judge detail={detail} />
        ) : (
          <Banner icon="clock" title="It waits for a second person">
            {mayApprove && involved
              ? "You planned, submitted or edited it yourself: somebody else with the role approver must judge it."
              : "Somebody with the role approver, who had no part in it, approves or declines it."}
          </Banner>
        )}
        {mayControl && <Withdraw id={replay.id} />}
      </div>
    </Panel>
  );
}

function useAct(id: string, work: () => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: work,
    onSettled: async () => {
      await client.invalidateQueries({ queryKey: replayQuery(id).queryKey });
      await client.invalidateQueries({ queryKey: attentionQuery().queryKey });
    },
  });
}

function Judge({ detail }: { detail: ReplayDetail }) {
  const { replay, preflight } = detail;
  const [reason, setReason] = useState("");
  const [asked, setAsked] = useState(false);
  const approve = useAct(replay.id, () =>
    approveReplay(replay.id, { planHash: detail.planHash, reason: reason.trim() || null }),
  );
  const decline = useAct(replay.id, () => declineReplay(replay.id, reason));
  const short = shortReason(reason, "Say in a few words why it is declined.");
  const failure = approve.error ?? decline.error;
  const what = `the ${KIND_NOUNS[replay.kind]} of ${whatText(replay, preflight.willSend)}`;
  return (
    <>
      {failure && <ActFailure title={approve.error ? "It was not approved" : "It was not declined"} error={failure} />}
      <ReasonField
        label="Your reason"
        error={asked ? short : undefined}
        hint="Needed to decline; kept in the audit either way."
        rows={3}
        value={reason}
        onChange={setReason}
      />
      <div className="flex flex-col gap-2">
        <Button
          tone="primary"
          icon="check"
          className="min-h-10"
          disabled={decline.isPending}
          busy={(approve.isPending || approve.isSuccess) && "Approving…"}
          onClick={() => approve.mutate()}
        >
          Approve {what}
        </Button>
        <Button
          tone="danger"
          icon="close"
          disabled={approve.isPending}
          busy={(decline.isPending || decline.isSuccess) && "Declining…"}
          onClick={() => {
            setAsked(true);
            if (!short) decline.mutate();
          }}
        >
          Decline {what}
        </Button>
      </div>
      <p className="text-sm text-soft">
        You approve exactly this plan: its messages and their corrections, target, ids, rate, ramp and start. Nothing is
        sent by your approval; an operator starts it then.
      </p>
    </>
  );
}

/** Takes the plan back: its messages are free again. */
export function Withdraw({ id }: { id: string }) {
  const drop = useAct(id, () => cancelReplay(id));
  return (
    <>
      {drop.error && <ActFailure title="The plan was not dropped" error={drop.error} />}
      <Button tone="quiet" onClick={() => drop.mutate()} busy={drop.isPending && "Dropping it…"}>
        Drop the plan
      </Button>
    </>
  );
}
