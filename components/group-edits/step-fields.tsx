"use client";
import { Button } from "@/components/ui/button";
import { Field, Input, Select } from "@/components/ui/field";
import { PROPERTY_TYPES } from "../messages/property-types";
import type { StepDraft } from "./change-draft";

interface StepFieldsProps {
  step: StepDraft;
  onChange: (next: Partial<StepDraft>) => void;
  /** Null: the only one stays. */
  onDrop: (() => void) | null;
}

/** One line of a change: where, what becomes of it, and the value. */
export function StepFields({ step, onChange, onDrop }: StepFieldsProps) {
  const body = step.place === "body";
  return (
    <li className="flex flex-wrap items-end gap-2 rounded-md border border-line p-3">
      <Field label="Where" className="w-40">
        {(control) => (
          <Select
            {...control}
            value={step.place}
            onChange={(event) => onChange({ place: event.target.value as StepDraft["place"] })}
          >
            <option value="body">JSON body</option>
            <option value="property">Property</option>
          </Select>
        )}
      </Field>
      <Field label="Act" className="w-32">
        {(control) => (
          <Select
            {...control}
            value={step.act}
            onChange={(event) => onChange({ act: event.target.value as StepDraft["act"] })}
          >
            <option value="set">Set</option>
            <option value="remove">Remove</option>
          </Select>
        )}
      </Field>
      <Field label={body ? "Path" : "Name"} className="min-w-40 flex-1">
        {(control) => (
          <Input
            {...control}
            className="font-mono"
            placeholder={body ? "order.lines[].currency" : "tenant"}
            value={step.name}
            onChange={(event) => onChange({ name: event.target.value })}
          />
        )}
      </Field>
      {step.act === "set" && !body && (
        <Field label="Type" className="w-28">
          {(control) => (
            <Select {...control} value={step.type} onChange={(event) => onChange({ type: event.target.value })}>
              {PROPERTY_TYPES.map((type) => (
                <option key={type} value={type}>
                  {type}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
      {step.act === "set" && (
        <Field label={body ? "Value, as JSON" : "Value"} className="min-w-40 flex-1">
          {(control) => (
            <Input
              {...control}
              className="font-mono"
              placeholder={body ? '"EUR", 12.50, null, true' : ""}
              value={step.value}
              onChange={(event) => onChange({ value: event.target.value })}
            />
          )}
        </Field>
      )}
      {onDrop !== null && (
        <Button tone="quiet" small onClick={onDrop}>
          Take out
        </Button>
      )}
    </li>
  );
}
