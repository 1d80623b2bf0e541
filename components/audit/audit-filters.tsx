"use client";
import { Field, Input, Select } from "@/components/ui/field";
import { FilterChip } from "@/components/ui/filter-chip";
import { SearchInput } from "@/components/ui/search-input";
import type { AuditFilter } from "@/lib/client/audit";
import { AUDIT_ACTIONS } from "@/lib/domain/audit";
import { ACTION_WORDS } from "./audit-words";

interface AuditFiltersProps {
  filter: AuditFilter;
  /** Name of the queue that is filtered for, where it is known. */
  queueName: string | undefined;
  onChange: (changes: { [K in keyof AuditFilter]?: AuditFilter[K] | undefined }, how?: "push" | "replace") => void;
}

export function AuditFilters({ filter, queueName, onChange }: AuditFiltersProps) {
  return (
    <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-2">
      <Field label="Who" hideLabel className="w-full sm:w-52">
        {(control) => (
          <SearchInput
            {...control}
            data-search=""
            placeholder="Who"
            maxLength={200}
            value={filter.actor ?? ""}
            onSearch={(text) => onChange({ actor: text || undefined }, "replace")}
          />
        )}
      </Field>
      <Field label="What" hideLabel className="w-full sm:w-56">
        {(control) => (
          <Select
            {...control}
            value={filter.action ?? ""}
            onChange={(event) => onChange({ action: AUDIT_ACTIONS.find((action) => action === event.target.value) })}
          >
            <option value="">Every act</option>
            {AUDIT_ACTIONS.map((action) => (
              <option key={action} value={action}>
                {ACTION_WORDS[action]}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Day label="From" value={filter.since} onChange={(since) => onChange({ since })} />
      <Day label="Before" value={filter.until} onChange={(until) => onChange({ until })} />
      {filter.replay && (
        <FilterChip name="replay" onRemove={() => onChange({ replay: undefined })}>
          {filter.replay.slice(0, 8)}
        </FilterChip>
      )}
      {filter.deadLetter && (
        <FilterChip name="message" onRemove={() => onChange({ deadLetter: undefined })}>
          {filter.deadLetter}
        </FilterChip>
      )}
      {filter.queue !== undefined && (
        <FilterChip name="queue" onRemove={() => onChange({ queue: undefined })}>
          {queueName ?? `number ${filter.queue}`}
        </FilterChip>
      )}
    </div>
  );
}

/** A day in UTC, as the audit counts them. */
function Day({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string | undefined;
  onChange: (time: string | undefined) => void;
}) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: Input is the control
    <label className="flex items-center gap-1.5 text-sm text-soft">
      {label}
      <Input
        type="date"
        value={value?.slice(0, 10) ?? ""}
        onChange={(event) => onChange(event.target.value ? `${event.target.value}T00:00:00Z` : undefined)}
        className="max-w-36"
        aria-label={`${label} this day, UTC`}
      />
    </label>
  );
}
