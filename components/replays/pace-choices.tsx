"use client";
import { Button } from "@/components/ui/button";
import { Check } from "@/components/ui/check";
import { Field, Input } from "@/components/ui/field";
import { spanText, utcText } from "@/components/ui/time-text";
import type { PaceDraft } from "./pace-draft";

interface PaceChoicesProps {
  draft: PaceDraft;
  onChange: (draft: PaceDraft) => void;
  errors: Readonly<Record<string, string>>;
  /** Seconds that a canary waits at least; null: not known yet. */
  canarySeconds: number | null;
}

/** A careful beginning, and a later one. Most replays leave it closed. */
export function PaceChoices({ draft, onChange, errors, canarySeconds }: PaceChoicesProps) {
  const set = (change: Partial<PaceDraft>) => onChange({ ...draft, ...change });
  const setStep = (index: number, change: Partial<PaceDraft["steps"][number]>) =>
    set({ steps: draft.steps.map((step, at) => (at === index ? { ...step, ...change } : step)) });
  const startsAt = Date.parse(draft.startsAt);
  return (
    <details className="rounded-md border border-line">
      <summary className="rounded-md px-3 py-2 font-medium">A few first, step by step, a later start</summary>
      <div className="flex flex-col gap-4 border-t border-line p-3">
        <Check
          label="Canary: a few first"
          hint={`They are sent alone; the others follow when ${canarySeconds === null ? "the time to fail" : spanText(canarySeconds)} has passed without too many of them coming back dead.`}
          checked={draft.canary}
          onChange={(canary) => set({ canary })}
        />
        {draft.canary && (
          <Field label="Messages of the canary" error={errors.canaryCount} className="pl-6">
            {(control) => (
              <Input
                {...control}
                inputMode="numeric"
                value={draft.canaryCount}
                onChange={(event) => set({ canaryCount: event.target.value })}
                className="max-w-24"
              />
            )}
          </Field>
        )}
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-1 text-sm font-medium">Slower steps before the full rate</legend>
          {draft.steps.map((step, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: steps have no name but their place
            <div key={index}>
              <div className="flex flex-wrap items-center gap-2">
                <Input
                  aria-label={`Step ${index + 1}: copies a second`}
                  inputMode="decimal"
                  value={step.rate}
                  onChange={(event) => setStep(index, { rate: event.target.value })}
                  className="max-w-20"
                />
                a second for
                <Input
                  aria-label={`Step ${index + 1}: seconds`}
                  inputMode="numeric"
                  value={step.seconds}
                  onChange={(event) => setStep(index, { seconds: event.target.value })}
                  className="max-w-20"
                />
                seconds
                <Button
                  tone="quiet"
                  small
                  icon="close"
                  onClick={() => set({ steps: draft.steps.filter((_, at) => at !== index) })}
                >
                  Remove<span className="sr-only"> step {index + 1}</span>
                </Button>
              </div>
              {errors[`steps.${index}`] && (
                <p role="alert" className="mt-1 text-sm text-bad">
                  {errors[`steps.${index}`]}
                </p>
              )}
            </div>
          ))}
          {draft.steps.length < 10 && (
            <Button
              tone="quiet"
              small
              icon="plus"
              className="self-start"
              onClick={() => set({ steps: [...draft.steps, { rate: "1", seconds: "60" }] })}
            >
              A step
            </Button>
          )}
        </fieldset>
        <Field
          label="May later be raised to, a second"
          error={errors.ceiling}
          hint="Empty: where a second person approves, no further than the rate; else as far as the queue allows."
        >
          {(control) => (
            <Input
              {...control}
              inputMode="decimal"
              value={draft.ceiling}
              onChange={(event) => set({ ceiling: event.target.value })}
              className="max-w-28"
            />
          )}
        </Field>
        <Field
          label="Begins at"
          error={errors.startsAt}
          hint={
            Number.isNaN(startsAt)
              ? "Your local time. Empty: at once, when it is started."
              : `Your local time; that is ${utcText(startsAt)}. It must be started before, and then begins by itself.`
          }
        >
          {(control) => (
            <Input
              {...control}
              type="datetime-local"
              value={draft.startsAt}
              onChange={(event) => set({ startsAt: event.target.value })}
              className="max-w-56"
            />
          )}
        </Field>
      </div>
    </details>
  );
}
