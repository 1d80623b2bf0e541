"use client";
import { Empty } from "@/components/ui/empty";
import { Field, Select } from "@/components/ui/field";
import { FilterChip } from "@/components/ui/filter-chip";
import { countText, numberText } from "@/components/ui/number-text";
import { Panel } from "@/components/ui/panel";
import { SearchInput } from "@/components/ui/search-input";
import type { QueueDetail } from "@/lib/contracts/queues";
import { AGE_BUCKETS } from "@/lib/domain/age";
import { CAUSE_STATES } from "@/lib/domain/cause-states";
import { arrangeCauses, type CausesState } from "../causes/cause-order";
import { CauseTable } from "../causes/cause-table";
import { ownerOf, STATE_LOOKS } from "../causes/cause-words";
import { RulesButton } from "../causes/rules-dialog";
import { CLOCK_WORDS, reasonText } from "./queue-words";

interface QueueCausesProps {
  detail: QueueDetail;
  state: CausesState;
  onChange: (
    changes: Partial<{ [K in keyof CausesState]: CausesState[K] | undefined }>,
    how?: "push" | "replace",
  ) => void;
}

/** The causes of a DLQ with their filters. */
export function QueueCauses({ detail, state, onChange }: QueueCausesProps) {
  const rows = arrangeCauses(detail.causes, state);
  const age = AGE_BUCKETS.find((bucket) => bucket.id === state.age);
  return (
    <Panel title="Causes" aside={countText(rows.length, "cause")} flush>
      <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-2">
        <Field label="Filter causes" hideLabel className="w-full sm:w-72">
          {(control) => (
            <SearchInput
              {...control}
              data-search=""
              placeholder="Reason or description"
              value={state.q ?? ""}
              onSearch={(text) => onChange({ q: text || undefined }, "replace")}
            />
          )}
        </Field>
        <Field label="State" hideLabel className="w-full sm:w-44">
          {(control) => (
            <Select
              {...control}
              value={state.state ?? ""}
              onChange={(event) => onChange({ state: (event.target.value || undefined) as CausesState["state"] })}
            >
              <option value="">Any state</option>
              {CAUSE_STATES.map((one) => (
                <option key={one} value={one}>
                  {STATE_LOOKS[one].word}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label="Owner" hideLabel className="w-full sm:w-44">
          {(control) => (
            <Select
              {...control}
              value={state.owner ?? ""}
              onChange={(event) => onChange({ owner: event.target.value || undefined })}
            >
              <option value="">Any owner</option>
              <option value="nobody">Nobody</option>
              {ownersOf(detail.causes).map(([id, name]) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <RulesButton queue={detail.queue.id} />
        {state.reason !== undefined && (
          <FilterChip name="reason" onRemove={() => onChange({ reason: undefined })}>
            {reasonText(state.reason)}
          </FilterChip>
        )}
        {age && (
          <FilterChip name={CLOCK_WORDS[detail.agesBy].chip} onRemove={() => onChange({ age: undefined })}>
            {age.label}
          </FilterChip>
        )}
      </div>
      {rows.length > 0 ? (
        <CauseTable
          causes={rows}
          agesBy={detail.agesBy}
          state={state}
          onSort={(sort) => onChange({ sort: sort === "messages" ? undefined : sort })}
        />
      ) : (
        <NoCauses detail={detail} />
      )}
    </Panel>
  );
}

/** People who own a cause of this queue, or its reason, by name. */
function ownersOf(causes: QueueDetail["causes"]): [string, string][] {
  const owners = causes.flatMap(({ work }): [string, string][] => {
    const owner = ownerOf(work);
    return owner ? [[owner.id, owner.name]] : [];
  });
  return [...new Map(owners)].toSorted((a, b) => a[1].localeCompare(b[1]));
}

function NoCauses({ detail: { queue, causes } }: { detail: QueueDetail }) {
  if (causes.length > 0)
    return <Empty title="No cause fits the filter">Take a filter away to see all {numberText(causes.length)}.</Empty>;
  if (queue.scan.scannedAt === null)
    return <Empty title="This queue has not been read yet">Its causes appear here by themselves.</Empty>;
  return <Empty title="This dead-letter queue is empty">Nothing of it needs you.</Empty>;
}
