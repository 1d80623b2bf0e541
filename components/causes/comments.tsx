"use client";
import { useId, useState } from "react";
import { ActFailure } from "@/components/shell/act-failure";
import { Button } from "@/components/ui/button";
import { Field, TextArea } from "@/components/ui/field";
import { Ago } from "@/components/ui/time";
import { commentOnCause, commentOnReason } from "@/lib/client/causes";
import { useMay } from "@/lib/client/session";
import type { CauseNotes } from "@/lib/contracts/causes";
import type { CauseSummary } from "@/lib/contracts/queues";
import { useCauseAct } from "./use-cause-act";

/** What people have said of this cause, and of its reason in whatever queue. */
export function Comments({ cause, notes }: { cause: CauseSummary; notes: CauseNotes }) {
  return (
    <div className="flex flex-col gap-4">
      <CommentList
        cause={cause}
        label="On this cause"
        comments={notes.comments}
        none="Nobody has said anything about this cause yet."
        field="Your comment"
        placeholder="What did you find?"
        add="Add the comment"
        onAdd={(text) => commentOnCause(cause.id, { text })}
      />
      <CommentList
        cause={cause}
        label={`On ${cause.reason === "" ? "messages without a reason" : cause.reason} in every queue`}
        comments={notes.reasonComments}
        none="Nobody has said anything about this reason yet."
        field="Your comment on this reason"
        placeholder="What holds wherever it appears?"
        add="Comment on this reason"
        onAdd={(text) => commentOnReason({ reason: cause.reason, text })}
      />
    </div>
  );
}

interface CommentListProps {
  cause: CauseSummary;
  label: string;
  comments: CauseNotes["comments"];
  /** Said while there are none. */
  none: string;
  field: string;
  placeholder: string;
  add: string;
  onAdd: (text: string) => Promise<unknown>;
}

function CommentList({ cause, label, comments, none, field, placeholder, add, onAdd }: CommentListProps) {
  const id = useId();
  const mayWrite = useMay("causes.write");
  const [text, setText] = useState("");
  const comment = useCauseAct(
    cause,
    () => onAdd(text),
    () => setText(""),
  );
  return (
    <section
      aria-labelledby={id}
      className="flex flex-col gap-2 not-first:border-t not-first:border-line not-first:pt-4"
    >
      <h3 id={id} className="text-sm font-semibold break-name">
        {label}
      </h3>
      {comments.length === 0 ? (
        <p className="text-soft">{none}</p>
      ) : (
        <ol className="flex max-h-80 flex-col gap-3 overflow-y-auto">
          {comments.map(({ id: number, author, at, text: said }) => (
            <li key={number}>
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
          <Field label={field} hideLabel>
            {(control) => (
              <TextArea
                {...control}
                rows={2}
                maxLength={5000}
                placeholder={placeholder}
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
            {add}
          </Button>
        </>
      )}
    </section>
  );
}
