"use client";
import { Field, Select } from "@/components/ui/field";
import { FilterChip } from "@/components/ui/filter-chip";
import { AGE_BUCKETS } from "@/lib/domain/age";
import { reasonText } from "../queues/queue-words";
import type { MessagesState } from "./message-state";

interface MessageFiltersProps {
  state: MessagesState;
  onChange: (changes: { [K in keyof MessagesState]?: MessagesState[K] | undefined }) => void;
}

export function MessageFilters({ state, onChange }: MessageFiltersProps) {
  return (
    <>
      <Field label="Age" hideLabel className="w-36">
        {(control) => (
          <Select
            {...control}
            data-search=""
            value={state.age ?? ""}
            onChange={(event) => onChange({ age: (event.target.value || undefined) as MessagesState["age"] })}
          >
            <option value="">Any age</option>
            {AGE_BUCKETS.map((bucket) => (
              <option key={bucket.id} value={bucket.id}>
                {bucket.label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label="Came back from a replay" hideLabel className="w-64">
        {(control) => (
          <Select
            {...control}
            value={state.returned ?? ""}
            onChange={(event) => onChange({ returned: (event.target.value || undefined) as MessagesState["returned"] })}
          >
            <option value="">First deaths and returned ones</option>
            <option value="no">Only first deaths</option>
            <option value="yes">Only those that came back</option>
          </Select>
        )}
      </Field>
      {state.reason !== undefined && (
        <FilterChip name="reason" onRemove={() => onChange({ reason: undefined })}>
          {reasonText(state.reason)}
        </FilterChip>
      )}
    </>
  );
}
