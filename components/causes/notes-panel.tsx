"use client";
import { useState } from "react";
import { ActFailure } from "@/components/shell/act-failure";
import { Button } from "@/components/ui/button";
import { Field, TextArea } from "@/components/ui/field";
import { Panel } from "@/components/ui/panel";
import { Ago } from "@/components/ui/time";
import { commentOnCause } from "@/lib/client/causes";
import { useMay } from "@/lib/client/session";
import type { CauseNotes } from "@/lib/contracts/causes";
import type { CauseSummary } from "@/lib/contracts/queues";
import { Runbooks } from "./runbooks";
import { useCauseAct } from "./use-cause-act";

/** What is known about a cause: what to do, and what people have said. */
export function NotesPanel({ cause, notes }: { cause: CauseSummary; notes: CauseNotes }) {
  return (
    <>
      <Panel title="Runbook">
        <Runbooks cause={cause} notes={notes} />
      </Panel>
      <Panel title="Comments">
        <Comments cause={cause} comments={notes.comments} />
      </Panel>
    </>
  );
}

function Comments({ cause, comments }: { cause: CauseSummary; comments: CauseNotes["comments"] }) {
  const mayWrite = useMay("causes.write");
  const [text, setText] = useState("");
  const comment = useCauseAct(
    cause,
    () => commentOnCause(cause.id, { text }),
    () => setText(""),
  );
  return (
    <div className="flex flex-col gap-3">
      {comments.length === 0 ? (
        <p className="text-soft">Nobody has said anything about this cause yet.</p>
      ) : (
        <ol className="flex max-h-80 flex-col gap-3 overflow-y-auto">
          {comments.map(({ id, author, at, text: said }) => (
            <li key={id}>
              <p className="text-sm text-soft">
                <span className="font-medium text-ink">{author}</span> <Ago time={at} focusable />
              </p>
              <p className="whitespace-pre-wrap break-name">{said}</p>
            </li>
          ))}
        </ol>
      )}
      {comment.error && <ActFailure title="Your comment was not kept" error={comment.error} />}
      {mayWrite && (
        <>
          <Field label="Your comment" hideLabel>
            {(control) => (
              <TextArea
                {...control}
                rows={2}
                maxLength={5000}
                placeholder="What did you find?"
                value={text}
                onChange={(event) => setText(event.target.value)}
              />
            )}
          </Field>
          <Button
            className="self-start"
            disabled={text.trim() === ""}
            busy={comment.isPending && "Keeping it…"}
            onClick={() => comment.mutate(undefined)}
          >
            Add the comment
          </Button>
        </>
      )}
    </div>
  );
}
