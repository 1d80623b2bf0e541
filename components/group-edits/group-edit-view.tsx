"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { ActFailure } from "@/components/shell/act-failure";
import { Badge } from "@/components/ui/badge";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { Figure } from "@/components/ui/figure";
import { Live } from "@/components/ui/load-state";
import { Num } from "@/components/ui/num";
import { countText, numberText } from "@/components/ui/number-text";
import { PageHead } from "@/components/ui/page-head";
import { Panel } from "@/components/ui/panel";
import { ReasonField, shortReason } from "@/components/ui/reason-field";
import { Ago } from "@/components/ui/time";
import { cancelGroupEdit, groupEditQuery, saveGroupEdit } from "@/lib/client/group-edits";
import type { GroupEditState, GroupEditView as View } from "@/lib/contracts/group-edits";
import { changeWords } from "./change-draft";
import { Samples } from "./samples";

const STATES: Record<GroupEditState, { words: string; tone: "neutral" | "accent" | "ok" | "warn" }> = {
  trying: { words: "being tried", tone: "accent" },
  tried: { words: "tried, nothing saved", tone: "warn" },
  saving: { words: "being saved", tone: "accent" },
  saved: { words: "saved", tone: "ok" },
  cancelled: { words: "cancelled", tone: "neutral" },
};

/** What would one change make of many messages, and what has it made of them? */
export function GroupEditView({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(groupEditQuery(id));
  return (
    <Live what="the change" data={data} at={data?.at} error={error} onRetry={() => void refetch()}>
      {(edit) => <Body edit={edit} />}
    </Live>
  );
}

function Body({ edit }: { edit: View }) {
  const state = STATES[edit.state];
  return (
    <>
      <PageHead
        trail={[
          { href: "/", label: "Queues" },
          { href: `/queues/${edit.queue.id}`, label: edit.queue.entityPath },
          { href: `/queues/${edit.queue.id}/messages`, label: "Messages" },
        ]}
        title={`Change of ${countText(edit.total, "message")}`}
        facts={
          <>
            <Badge tone={state.tone}>{state.words}</Badge>
            <span>
              by {edit.createdBy}, <Ago time={edit.createdAt} focusable />
            </span>
            {edit.reason !== null && <span>Reason: {edit.reason}</span>}
          </>
        }
        acts={<CancelButton edit={edit} />}
      />
      {edit.fault !== null && (
        <div className="mb-4">
          <Banner
            tone="warn"
            live
            title={`It does not get on: it failed ${countText(edit.fault.times, "time")} in a row`}
          >
            {edit.fault.words} It is tried again by itself, within a minute.
            {edit.state === "saving" ? " What is saved stays saved." : " Nothing is saved."}
          </Banner>
        </div>
      )}
      <ul className="mb-4 font-mono text-sm break-name">
        {changeWords(edit.change).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <dl className="mb-4 grid grid-cols-2 gap-x-8 gap-y-2 sm:flex sm:flex-wrap sm:gap-x-12">
        <Figure label="Tried">
          <Num value={edit.tried} />
          <span className="text-base font-normal text-faint"> of {numberText(edit.total)}</span>
        </Figure>
        <Figure label="Changed by it">
          <Num value={edit.changes} />
        </Figure>
        <Figure label="Already so">
          <Num value={edit.same} />
        </Figure>
        <Figure label="Cannot be changed">
          <Num value={sum(edit.refusals)} />
        </Figure>
        {edit.failed.count > 0 && (
          <Figure label="Left out">
            <Num value={edit.failed.count} />
          </Figure>
        )}
        {edit.reason !== null && (
          <Figure label="Corrections saved">
            <Num value={edit.saved} />
          </Figure>
        )}
      </dl>
      <div className="flex flex-col gap-4">
        <Whys title="Cannot be changed" whys={edit.refusals} />
        <Whys title="Passed over when it was saved" whys={edit.passedOver} />
        <LeftOut failed={edit.failed} />
        {edit.state === "tried" && edit.change.body.length > 0 && edit.changes > 0 && <Samples id={edit.id} />}
        {edit.state === "tried" && <SaveForm edit={edit} />}
      </div>
    </>
  );
}

function sum(whys: readonly { count: number }[]): number {
  return whys.reduce((total, { count }) => total + count, 0);
}

function Whys({ title, whys }: { title: string; whys: View["refusals"] }) {
  if (whys.length === 0) return null;
  return (
    <Panel title={title}>
      <ul className="flex flex-col gap-1">
        {whys.map(({ why, count }) => (
          <li key={why} className="break-name">
            <span className="font-medium">{countText(count, "message")}:</span> {why}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** Named, since somebody has to look at them. */
function LeftOut({ failed: { count, first } }: { failed: View["failed"] }) {
  if (count === 0) return null;
  return (
    <Panel title="Left out: the console failed at them">
      <p>
        {countText(count, "message is", "messages are")} as before and would be replayed like that. Something failed
        that nobody foresaw; the worker’s log has the details under the id of this change.
      </p>
      <ul className="mt-2 flex flex-col gap-1">
        {first.map(({ deadLetterId, key }) => (
          <li key={deadLetterId}>
            <Link href={`/dead-letters/${deadLetterId}`} className="text-accent underline">
              Sequence number {key}
            </Link>
          </li>
        ))}
      </ul>
      {count > first.length && <p className="mt-1 text-soft">and {numberText(count - first.length)} more</p>}
    </Panel>
  );
}

/** Saving asks for a reason, and says how many. */
function SaveForm({ edit }: { edit: View }) {
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const [asked, setAsked] = useState(false);
  const save = useMutation({
    mutationFn: () => saveGroupEdit(edit.id, { reason }),
    onSettled: () => client.invalidateQueries({ queryKey: groupEditQuery(edit.id).queryKey }),
  });
  if (edit.changes === 0) {
    return (
      <Banner tone="neutral" title="It would change none of these messages">
        Nothing can be saved.
      </Banner>
    );
  }
  const short = shortReason(reason, "Say in a few words why these messages are corrected.");
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (!short) save.mutate();
  };
  return (
    <Panel title="Save the corrections" className="max-w-3xl">
      <form className="flex flex-col gap-4" onSubmit={submit}>
        {save.error && <ActFailure title="Nothing was saved" error={save.error} />}
        <ReasonField
          error={asked ? short : undefined}
          hint="Kept in the audit. Messages that were corrected, replayed or removed in between are passed over."
          most={500}
          value={reason}
          onChange={setReason}
        />
        <Button tone="primary" type="submit" className="self-start" busy={save.isPending && "Saving…"}>
          Save {countText(edit.changes, "correction")}
        </Button>
      </form>
    </Panel>
  );
}

function CancelButton({ edit }: { edit: View }) {
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => cancelGroupEdit(edit.id),
    onSettled: () => client.invalidateQueries({ queryKey: groupEditQuery(edit.id).queryKey }),
  });
  if (edit.state === "saved" || edit.state === "cancelled") return null;
  return (
    <>
      {cancel.error && <ActFailure title="It was not cancelled" error={cancel.error} />}
      <Button busy={cancel.isPending && "Cancelling…"} onClick={() => cancel.mutate()}>
        {edit.state === "saving" ? "Stop: save no more" : "Cancel the change"}
      </Button>
    </>
  );
}
