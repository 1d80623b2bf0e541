"use client";
import { useId } from "react";
import { Button } from "@/components/ui/button";
import { Check } from "@/components/ui/check";
import { Field, Input } from "@/components/ui/field";
import { NIGHT, type PolicyPart, type QuietWindowDraft } from "./policy-draft";

const DAYS = [
  [1, "Mon", "Monday"],
  [2, "Tue", "Tuesday"],
  [3, "Wed", "Wednesday"],
  [4, "Thu", "Thursday"],
  [5, "Fri", "Friday"],
  [6, "Sat", "Saturday"],
  [7, "Sun", "Sunday"],
] as const;

/** Windows by the wall clock of a zone in which nothing is sent, or slower. */
export function QuietHoursFields({ draft, set, errorOf }: PolicyPart) {
  const zones = useId();
  const change = (index: number, window: Partial<QuietWindowDraft>) =>
    set({ windows: draft.windows.map((one, at) => (at === index ? { ...one, ...window } : one)) });
  return (
    <div className="flex flex-col gap-3">
      <Check
        label="Quiet hours"
        hint="Replays out of this queue and into it wait in them and go on by themselves afterwards."
        checked={draft.quiet}
        onChange={(quiet) => set({ quiet })}
      />
      {draft.quiet && (
        <div className="flex flex-col gap-3 border-l-2 border-line pl-4">
          {draft.windows.map((window, index) => (
            <Window
              // biome-ignore lint/suspicious/noArrayIndexKey: windows have no name but their place
              key={index}
              number={index + 1}
              window={window}
              error={["days", "from", "to"].map((part) => errorOf(`quietHours.windows.${index}.${part}`)).find(Boolean)}
              onChange={(given) => change(index, given)}
              onRemove={
                draft.windows.length > 1
                  ? () => set({ windows: draft.windows.filter((_, at) => at !== index) })
                  : undefined
              }
            />
          ))}
          {draft.windows.length < 10 && (
            <Button
              tone="quiet"
              small
              icon="plus"
              className="self-start"
              onClick={() => set({ windows: [...draft.windows, NIGHT] })}
            >
              Another window
            </Button>
          )}
          <Field
            label="Time zone"
            error={errorOf("quietHours.timeZone")}
            hint="The clock of this zone counts, its summer time included."
          >
            {(control) => (
              <Input
                {...control}
                list={zones}
                value={draft.timeZone}
                onChange={(event) => set({ timeZone: event.target.value })}
                className="max-w-64"
              />
            )}
          </Field>
          <datalist id={zones}>
            {Intl.supportedValuesOf("timeZone").map((zone) => (
              <option key={zone} value={zone} />
            ))}
          </datalist>
          <Field label="Copies a second in them" error={errorOf("quietHours.rate")} hint="Empty: nothing is sent.">
            {(control) => (
              <Input
                {...control}
                inputMode="decimal"
                value={draft.quietRate}
                onChange={(event) => set({ quietRate: event.target.value })}
                className="max-w-28"
              />
            )}
          </Field>
        </div>
      )}
    </div>
  );
}

interface WindowProps {
  number: number;
  window: QuietWindowDraft;
  error: string | undefined;
  onChange: (window: Partial<QuietWindowDraft>) => void;
  onRemove: (() => void) | undefined;
}

function Window({ number, window, error, onChange, onRemove }: WindowProps) {
  const toggle = (day: number) =>
    onChange({
      days: window.days.includes(day)
        ? window.days.filter((one) => one !== day)
        : [...window.days, day].toSorted((a, b) => a - b),
    });
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="sr-only">Window {number}</legend>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <div className="flex flex-wrap gap-1">
          {DAYS.map(([day, short, name]) => (
            <label
              key={day}
              className="inline-flex min-h-8 items-center rounded-md border border-edge px-2 text-sm has-checked:border-accent has-checked:bg-accent-wash has-checked:font-medium has-focus-visible:outline-2 has-focus-visible:outline-accent"
            >
              <input
                type="checkbox"
                aria-label={name}
                checked={window.days.includes(day)}
                onChange={() => toggle(day)}
                className="sr-only"
              />
              {short}
            </label>
          ))}
        </div>
        <div className="flex min-w-0 flex-wrap items-center gap-2">
          <Input
            type="time"
            aria-label="from"
            value={window.from}
            onChange={(event) => onChange({ from: event.target.value })}
            className="max-w-32"
          />
          <span aria-hidden="true">to</span>
          <Input
            type="time"
            aria-label="to"
            value={window.to}
            onChange={(event) => onChange({ to: event.target.value })}
            className="max-w-32"
          />
          {window.to <= window.from && window.to !== "" && (
            <span className="text-sm whitespace-nowrap text-soft">the next day</span>
          )}
        </div>
        {onRemove && (
          <Button tone="quiet" small icon="close" onClick={onRemove}>
            Remove<span className="sr-only"> window {number}</span>
          </Button>
        )}
      </div>
      {error && (
        <p role="alert" className="text-sm text-bad">
          {error}
        </p>
      )}
    </fieldset>
  );
}
