"use client";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { ActFailure } from "@/components/shell/act-failure";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input, Select } from "@/components/ui/field";
import { makeCauseRule, previewCauseRule } from "@/lib/client/causes";
import { ApiError } from "@/lib/client/http";
import type { NewCauseRule } from "@/lib/contracts/causes";
import type { CauseSummary } from "@/lib/contracts/queues";
import type { RuleField, RuleOperator } from "@/lib/domain/cause-rules";
import { causeTitle } from "./cause-words";
import { RulePreviewView } from "./rule-preview";
import { useCauseAct } from "./use-cause-act";

interface RuleDialogProps {
  open: boolean;
  queue: number;
  /** The cause that the rule splits; left out: it is asked of every message. */
  splits?: CauseSummary;
  onClose: () => void;
}

/** Makes a rule, after a look at what it would match among the real messages. */
export function RuleDialog({ open, queue, splits, onClose }: RuleDialogProps) {
  const [field, setField] = useState<RuleField>("description");
  const [property, setProperty] = useState("");
  const [operator, setOperator] = useState<RuleOperator>("contains");
  const [pattern, setPattern] = useState("");
  const [title, setTitle] = useState("");
  const [everywhere, setEverywhere] = useState(false);
  const rule: NewCauseRule = {
    queue: everywhere && !splits ? null : queue,
    ...(splits ? { cause: splits.id } : {}),
    field,
    ...(field === "property" ? { property } : {}),
    operator,
    pattern,
    title: title.trim() || "a rule",
  };
  const preview = useMutation({ mutationFn: () => previewCauseRule(rule) });
  const make = useCauseAct({ id: splits?.id ?? "", queueId: queue }, () => makeCauseRule(rule), onClose);
  const error = make.error ?? preview.error;
  const fields = error instanceof ApiError ? error.fields : {};
  const missing = pattern === "" || (field === "property" && property === "");
  // What was previewed is what is made: a change asks for another look.
  const changed =
    <T,>(set: (value: T) => void) =>
    (value: T) => {
      set(value);
      preview.reset();
      make.reset();
    };
  return (
    <Dialog
      open={open}
      onClose={onClose}
      wide
      title={splits ? `Split off a part of “${causeTitle(splits)}”` : "Make a rule"}
      description={
        splits
          ? "Messages of this cause that match become a cause of their own."
          : "Messages that match become a cause of their own, whatever their text says."
      }
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button disabled={missing} busy={preview.isPending && "Looking…"} onClick={() => preview.mutate()}>
            Look what it matches
          </Button>
          <Button
            tone="primary"
            disabled={!preview.data || title.trim() === ""}
            busy={make.isPending && "Making it…"}
            onClick={() => make.mutate(undefined)}
          >
            Make the rule
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {error && <ActFailure title="No rule was made" error={error} />}
        <div className="grid gap-3 sm:grid-cols-2">
          <Field label="Look at">
            {(control) => (
              <Select
                {...control}
                value={field}
                onChange={(event) => changed(setField)(event.target.value as RuleField)}
              >
                <option value="description">the description</option>
                <option value="reason">the reason</option>
                <option value="subject">the subject</option>
                <option value="property">an application property</option>
              </Select>
            )}
          </Field>
          {field === "property" && (
            <Field label="Name of the property" error={fields.property}>
              {(control) => (
                <Input
                  {...control}
                  maxLength={500}
                  value={property}
                  onChange={(event) => changed(setProperty)(event.target.value)}
                />
              )}
            </Field>
          )}
          <Field label="How">
            {(control) => (
              <Select
                {...control}
                value={operator}
                onChange={(event) => changed(setOperator)(event.target.value as RuleOperator)}
              >
                <option value="contains">contains, in any case</option>
                <option value="equals">is exactly</option>
                <option value="matches">matches the expression</option>
              </Select>
            )}
          </Field>
        </div>
        <Field
          label={operator === "matches" ? "Expression" : "Text"}
          hint={operator === "matches" && "An RE2 expression, found anywhere in the text; (?i) ignores case."}
          error={fields.pattern}
        >
          {(control) => (
            <Input
              {...control}
              className="font-mono"
              maxLength={1000}
              value={pattern}
              onChange={(event) => changed(setPattern)(event.target.value)}
            />
          )}
        </Field>
        <Field label="Name of the cause" hint="What on-call engineers will read." error={fields.title}>
          {(control) => (
            <Input {...control} maxLength={200} value={title} onChange={(event) => setTitle(event.target.value)} />
          )}
        </Field>
        {!splits && (
          <label className="flex items-center gap-2">
            <input
              type="checkbox"
              className="size-4"
              checked={everywhere}
              onChange={(event) => changed(setEverywhere)(event.target.checked)}
            />
            Of every queue, not of this one alone
          </label>
        )}
        {preview.data && <RulePreviewView preview={preview.data} />}
      </div>
    </Dialog>
  );
}
