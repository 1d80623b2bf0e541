"use client";
import { useState } from "react";
import { ActFailure } from "@/components/shell/act-failure";
import { Button } from "@/components/ui/button";
import { Field, TextArea } from "@/components/ui/field";
import { Ago } from "@/components/ui/time";
import { changeCause, setReasonOwner, setReasonRunbook } from "@/lib/client/causes";
import { useMay } from "@/lib/client/session";
import type { CauseNotes } from "@/lib/contracts/causes";
import type { CauseSummary } from "@/lib/contracts/queues";
import { OwnerField } from "./owner-field";
import { useCauseAct } from "./use-cause-act";

/** What to do about this cause, and about its reason in whatever queue; who looks after the reason. */
export function Runbooks({ cause, notes }: { cause: CauseSummary; notes: CauseNotes }) {
  const own = useCauseAct(cause, (runbook: string | null) =>
    changeCause(cause.id, { version: cause.work.version, runbook }),
  );
  const ofReason = useCauseAct(cause, (runbook: string | null) => setReasonRunbook({ reason: cause.reason, runbook }));
  const owner = useCauseAct(cause, (ownerId: string | null) => setReasonOwner({ reason: cause.reason, ownerId }));
  const error = own.error ?? ofReason.error;
  return (
    <div className="flex flex-col gap-4">
      {error && <ActFailure title="The runbook was not saved" error={error} />}
      <Runbook label="For this cause" text={notes.runbook} busy={own.isPending} onSave={own.mutate} />
      <div className="flex flex-col gap-3 border-t border-line pt-4">
        <Runbook
          label={`For ${cause.reason === "" ? "messages without a reason" : cause.reason} in every queue`}
          text={notes.reasonRunbook?.runbook ?? null}
          busy={ofReason.isPending}
          onSave={ofReason.mutate}
          by={
            notes.reasonRunbook && (
              <>
                {notes.reasonRunbook.updatedBy}, <Ago time={notes.reasonRunbook.updatedAt} focusable />
              </>
            )
          }
        />
        <OwnerField
          label="Owner of this reason"
          owner={cause.work.reasonOwner}
          people={notes.people}
          nobody="nobody"
          take="Take this reason"
          hint="Looks after causes of this reason, in every queue, that nobody owns."
          busy={owner.isPending}
          onChoose={owner.mutate}
        />
        {owner.error && <ActFailure title="The owner was not saved" error={owner.error} />}
      </div>
    </div>
  );
}

interface RunbookProps {
  label: string;
  text: string | null;
  by?: React.ReactNode;
  busy: boolean;
  onSave: (text: string | null) => void;
}

function Runbook({ label, text, by, busy, onSave }: RunbookProps) {
  const mayWrite = useMay("causes.write");
  const [draft, setDraft] = useState<string | null>(null);
  const save = () => {
    onSave(draft?.trim() || null);
    setDraft(null);
  };
  return (
    <section>
      <div className="flex items-baseline justify-between gap-3">
        <h3 className="text-sm font-semibold break-name">{label}</h3>
        {by && <span className="text-sm text-soft">{by}</span>}
      </div>
      {draft === null ? (
        <>
          <p className="whitespace-pre-wrap break-name">
            {text === null ? <span className="text-soft">None yet.</span> : <LinkedText text={text} />}
          </p>
          {mayWrite && (
            <Button
              small
              tone="quiet"
              icon="edit"
              className="-ml-2"
              busy={busy && "Saving…"}
              onClick={() => setDraft(text ?? "")}
            >
              {text === null ? "Write one" : "Change it"}
            </Button>
          )}
        </>
      ) : (
        <div className="mt-1 flex flex-col gap-2">
          <Field label={label} hideLabel>
            {(control) => (
              <TextArea
                {...control}
                autoFocus
                rows={4}
                maxLength={5000}
                placeholder="What to do, or a link to it"
                value={draft}
                onChange={(event) => setDraft(event.target.value)}
              />
            )}
          </Field>
          <div className="flex gap-2">
            <Button small tone="primary" onClick={save}>
              {draft.trim() === "" && text !== null ? "Take it away" : "Save it"}
            </Button>
            <Button small onClick={() => setDraft(null)}>
              Cancel
            </Button>
          </div>
        </div>
      )}
    </section>
  );
}

/** Text in which https links can be followed; nothing else of it is more than text. */
function LinkedText({ text }: { text: string }) {
  return text.split(/(https:\/\/[^\s<>"']+)/).map((part, index) =>
    index % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text have no other name and never change places
      <a key={index} href={part} rel="noopener noreferrer" target="_blank" className="text-accent underline">
        {part}
      </a>
    ) : (
      part
    ),
  );
}
