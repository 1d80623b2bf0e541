"use client";
import { Field, Select } from "@/components/ui/field";
import { FilterChip } from "@/components/ui/filter-chip";
import { useMay } from "@/lib/client/session";
import { AGE_BUCKETS } from "@/lib/domain/age";
import { reasonText } from "../queues/queue-words";
import { FilterHelp } from "../search/filter-help";
import { FilterInput } from "../search/filter-input";
import { SavedFilters } from "../search/saved-filters";
import type { MessagesState } from "./message-state";

interface MessageFiltersProps {
  state: MessagesState;
  onChange: (changes: { [K in keyof MessagesState]?: MessagesState[K] | undefined }) => void;
}

export function MessageFilters({ state, onChange }: MessageFiltersProps) {
  const payloads = useMay("payloads.read");
  const { q, reason, age, returned } = state;
  return (
    <>
      <FilterInput
        value={q ?? ""}
        placeholder={payloads ? "Words, or a condition such as size > 20kB" : "A condition such as size > 20kB"}
        onChange={(next) => onChange({ q: next || undefined })}
      />
      <span className="flex items-center">
        <FilterHelp payloads={payloads} />
        <SavedFilters
          current={{ q, reason, age, returned }}
          onUse={(filter) =>
            onChange({ q: undefined, reason: undefined, age: undefined, returned: undefined, ...filter })
          }
        />
      </span>
      <Field label="Age" hideLabel className="w-36">
        {(control) => (
          <Select
            {...control}
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
