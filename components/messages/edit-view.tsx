"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useEffect, useMemo, useState } from "react";
import { ActFailure } from "@/components/shell/act-failure";
import { Button } from "@/components/ui/button";
import { Panel } from "@/components/ui/panel";
import { payloadQuery, saveEdit, withdrawEdit } from "@/lib/client/dead-letters";
import { ApiError } from "@/lib/client/http";
import type { Payload } from "@/lib/contracts/dead-letters";
import { BodyNotices, CodeLoading } from "./body-panel";
import { textForm } from "./body-text";
import { ConflictNotice } from "./conflict-notice";
import { changesOf, draftErrors, draftProperties, editedContent, type PropertyDraft, saveRequest } from "./edit-draft";
import { PropertyEditor } from "./property-editor";
import { editableProperties } from "./reserved-properties";

const MergeEditor = dynamic(() => import("@/components/ui/merge-editor"), {
  ssr: false,
  loading: () => <CodeLoading />,
});

/** Corrects one message: body beside its original, properties, then save. The original itself is never touched. */
export function EditView({ payload: opened, onDone }: { payload: Payload; onDone: () => void }) {
  const client = useQueryClient();
  // The version to save upon moves when somebody else's is accepted as the base; the text on the page stays.
  const [base, setBase] = useState(opened);
  const { body } = opened;
  const editable = body?.editable === true;
  const original = useMemo(() => textForm(body?.content ?? "", body?.language ?? "text"), [body]);
  const start = useMemo(
    () => textForm(body ? editedContent(body, opened.edit) : "", body?.language ?? "text"),
    [body, opened.edit],
  );
  const [text, setText] = useState(start.shown);
  const [drafts, setDrafts] = useState<readonly PropertyDraft[]>(() =>
    draftProperties(editableProperties(opened.applicationProperties), opened.edit?.properties ?? []),
  );
  const [allowInvalid, setAllowInvalid] = useState(false);

  const content = editable ? (text === start.shown ? editedContentOf(opened) : original.restore(text)) : undefined;
  const request = saveRequest(base, content, drafts, allowInvalid);
  const errors = draftErrors(drafts);
  const dirty =
    text !== start.shown || JSON.stringify(changesOf(drafts)) !== JSON.stringify(opened.edit?.properties ?? []);
  const nothing = request.body === null && request.properties.length === 0;

  const finish = () => {
    void client.invalidateQueries({ queryKey: ["dead-letter", opened.deadLetterId] });
    void client.invalidateQueries({ queryKey: payloadQuery(opened.deadLetterId).queryKey });
    onDone();
  };
  const save = useMutation({ mutationFn: () => saveEdit(opened.deadLetterId, request), onSuccess: finish });
  const withdraw = useMutation({
    mutationFn: () => withdrawEdit(opened.deadLetterId, base.edit?.version ?? 0),
    onSuccess: finish,
  });
  useLeaveWarning(dirty && !save.isSuccess);

  const conflict =
    save.error instanceof ApiError && save.error.code === "conflict" && save.error.fields.version !== undefined;
  const noJson =
    save.error instanceof ApiError && save.error.code === "unprocessable" ? save.error.fields.body : undefined;
  const failure = conflict ? withdraw.error : (save.error ?? withdraw.error);

  return (
    <div className="flex flex-col gap-4">
      {conflict && (
        <ConflictNotice
          id={opened.deadLetterId}
          onKeepMine={(theirs) => {
            setBase(theirs);
            save.reset();
          }}
          onTakeTheirs={finish}
        />
      )}
      {failure && (
        <ActFailure title="Nothing was saved" error={failure}>
          {noJson}
        </ActFailure>
      )}
      <Panel
        flush
        title="Body"
        aside={editable ? "the original on the left or struck out, your text on the right" : undefined}
      >
        {body && <BodyNotices body={body} />}
        {editable && body ? (
          <MergeEditor
            original={original.shown}
            initial={start.shown}
            language={body.language === "json" ? "json" : "text"}
            originalLabel="Original body"
            label={body.encoding === "base64" ? "Corrected body, in Base64" : "Corrected body"}
            onChange={setText}
          />
        ) : (
          <p className="p-4 text-soft">{body?.notEditableBecause ?? "The body was not kept and cannot be edited."}</p>
        )}
      </Panel>
      <Panel title="Application properties">
        <PropertyEditor drafts={drafts} errors={errors} onChange={setDrafts} />
      </Panel>
      <div className="sticky bottom-3 z-20 flex flex-wrap items-center gap-2 rounded-lg border border-edge bg-raised px-4 py-2 shadow-lg">
        <span className="text-soft" role="status">
          {nothing
            ? "Nothing differs from the original."
            : "The correction is sent at the next replay; the dead letter itself stays as it is."}
        </span>
        <span className="flex-1" />
        {noJson && (
          <label className="flex items-center gap-2">
            <input type="checkbox" checked={allowInvalid} onChange={(event) => setAllowInvalid(event.target.checked)} />
            Save although it is no JSON
          </label>
        )}
        {base.edit && (
          <Button tone="danger" onClick={() => withdraw.mutate()} busy={withdraw.isPending && "Withdrawing…"}>
            Withdraw correction {base.edit.version}
          </Button>
        )}
        <Button onClick={onDone}>{dirty ? "Leave without saving" : "Back"}</Button>
        <Button
          tone="primary"
          disabled={nothing || !dirty || Object.keys(errors).length > 0}
          busy={save.isPending && "Saving…"}
          onClick={() => save.mutate()}
        >
          Save the correction
        </Button>
      </div>
    </div>
  );
}

function editedContentOf(payload: Payload): string | undefined {
  return payload.body ? editedContent(payload.body, payload.edit) : undefined;
}

/** The browser asks before it drops what was typed. */
function useLeaveWarning(on: boolean): void {
  useEffect(() => {
    if (!on) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [on]);
}
