"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ActFailure } from "@/components/shell/act-failure";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { Panel } from "@/components/ui/panel";
import { ReasonField, shortReason } from "@/components/ui/reason-field";
import { ApiError } from "@/lib/client/http";
import { cancelReplay, replayQuery, startReplay, submitReplay } from "@/lib/client/replays";
import { useMay } from "@/lib/client/session";
import type { ReplayDetail } from "@/lib/contracts/replays";
import { KIND_DONE, KIND_NOUNS, whatText } from "./kind-words";
import { StartTime, startWords } from "./start-time";

/** Reason and ticket, then the act: the start, or the question for approval where the policy wants a second person. */
export function StartForm({ detail }: { detail: ReplayDetail }) {
  const client = useQueryClient();
  const { replay, preflight } = detail;
  const mayControl = useMay("replays.control");
  const { needed } = replay.approval;
  const [reason, setReason] = useState("");
  const [ticket, setTicket] = useState("");
  const [asked, setAsked] = useState(false);
  const refresh = () => client.invalidateQueries({ queryKey: replayQuery(replay.id).queryKey });
  const start = useMutation({
    mutationFn: () => {
      const words = { planHash: detail.planHash, reason, ticket: ticket.trim() || null };
      return needed.length > 0 ? submitReplay(replay.id, words) : startReplay(replay.id, words);
    },
    onSettled: refresh,
  });
  const drop = useMutation({ mutationFn: () => cancelReplay(replay.id), onSettled: refresh });

  if (!mayControl) {
    return (
      <Banner icon="lock" title="You may look at this plan, but not start it">
        Operators and administrators start replays.
      </Banner>
    );
  }
  const short = shortReason(reason, `Say in a few words why these messages are ${KIND_DONE[replay.kind]}.`);
  const failure = start.error ?? drop.error;
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (!short) start.mutate();
  };
  return (
    <Panel title={needed.length > 0 ? "Ask for approval" : "Start"}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        {failure && (
          <ActFailure
            title={
              start.error
                ? needed.length > 0
                  ? "It was not submitted"
                  : "It was not started"
                : "The plan was not dropped"
            }
            error={failure}
          >
            {failure instanceof ApiError && failure.code === "state-changed" && "Nothing was sent."}
          </ActFailure>
        )}
        {needed.length > 0 && (
          <Banner tone="warn" icon="lock" title="A second person must approve this">
            Because {needed.join(", and because ")}.
          </Banner>
        )}
        <StartTime detail={detail} />
        <ReasonField
          error={asked ? short : undefined}
          hint="Kept in the audit, for whoever asks later."
          placeholder={replay.kind === "discard" ? "Test traffic of last week" : "The consumer is fixed since 14:20"}
          rows={3}
          value={reason}
          onChange={setReason}
        />
        <Field label="Ticket, if there is one">
          {(control) => (
            <Input
              {...control}
              maxLength={200}
              value={ticket}
              placeholder="INC-1234"
              onChange={(event) => setTicket(event.target.value)}
            />
          )}
        </Field>
        <Button
          type="submit"
          tone={replay.kind === "discard" ? "danger" : "primary"}
          icon={needed.length > 0 ? "lock" : replay.kind === "discard" ? "discard" : "play"}
          disabled={preflight.willSend === 0}
          busy={(start.isPending || start.isSuccess) && (needed.length > 0 ? "Asking…" : "Starting…")}
          className="min-h-10"
        >
          {preflight.willSend === 0
            ? `There is nothing to ${replay.kind === "discard" ? "discard" : "send"}`
            : needed.length > 0
              ? `Ask for approval to ${KIND_NOUNS[replay.kind]} ${whatText(replay, preflight.willSend)}`
              : startWords(detail)}
        </Button>
        <Button tone="quiet" onClick={() => drop.mutate()} busy={drop.isPending && "Dropping it…"}>
          Drop the plan
        </Button>
        <p className="text-sm text-soft">
          While it is planned, its messages are in no other replay. A plan that nobody starts expires by itself.
        </p>
      </form>
    </Panel>
  );
}
