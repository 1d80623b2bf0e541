"use client";
import { Button } from "@/components/ui/button";
import { cx } from "@/components/ui/cx";
import { Input, Select } from "@/components/ui/field";
import type { PropertyDraft } from "./edit-draft";
import { PROPERTY_TYPES } from "./property-types";

interface PropertyEditorProps {
  drafts: readonly PropertyDraft[];
  errors: Readonly<Record<string, string>>;
  onChange: (drafts: readonly PropertyDraft[]) => void;
}

/** Application properties with their types; each row says how it differs from the original. */
export function PropertyEditor({ drafts, errors, onChange }: PropertyEditorProps) {
  const replace = (key: string, next: Partial<PropertyDraft>) =>
    onChange(drafts.map((draft) => (draft.key === key ? { ...draft, ...next } : draft)));
  const add = () =>
    onChange([
      ...drafts,
      { key: `new ${crypto.randomUUID()}`, original: undefined, name: "", type: "string", value: "", removed: false },
    ]);
  return (
    <div className="flex flex-col gap-2">
      {drafts.length === 0 && <p className="text-sm text-soft">The message has no application properties.</p>}
      {drafts.map((draft) => (
        <PropertyLine
          key={draft.key}
          draft={draft}
          error={errors[draft.key]}
          onChange={(next) => replace(draft.key, next)}
          onDrop={() => onChange(drafts.filter(({ key }) => key !== draft.key))}
        />
      ))}
      <div>
        <Button small icon="plus" onClick={add}>
          Add a property
        </Button>
      </div>
    </div>
  );
}

interface PropertyLineProps {
  draft: PropertyDraft;
  error: string | undefined;
  onChange: (next: Partial<PropertyDraft>) => void;
  onDrop: () => void;
}

function PropertyLine({ draft, error, onChange, onDrop }: PropertyLineProps) {
  const { original, removed } = draft;
  const changed =
    original !== undefined && !removed && (original.type !== draft.type || original.value !== draft.value);
  const called = draft.name || "new property";
  const types = PROPERTY_TYPES.includes(draft.type) ? PROPERTY_TYPES : [draft.type, ...PROPERTY_TYPES];
  return (
    <div
      className={cx(
        "rounded-md border p-2",
        original === undefined
          ? "border-ok/50 bg-ok-wash"
          : removed
            ? "border-bad/50 bg-bad-wash"
            : changed
              ? "border-accent/50 bg-accent-wash"
              : "border-line",
      )}
    >
      <div className="grid grid-cols-[1fr_auto] gap-2 sm:grid-cols-[minmax(8rem,1fr)_7rem_minmax(10rem,2fr)_auto]">
        {original === undefined ? (
          <Input
            aria-label="Name of the new property"
            value={draft.name}
            autoFocus
            maxLength={1024}
            onChange={(event) => onChange({ name: event.target.value })}
          />
        ) : (
          <span className={cx("self-center break-name", removed && "line-through")}>{draft.name}</span>
        )}
        <Select
          aria-label={`Type of ${called}`}
          value={draft.type}
          disabled={removed}
          onChange={(event) => onChange({ type: event.target.value })}
        >
          {types.map((type) => (
            <option key={type}>{type}</option>
          ))}
        </Select>
        <Input
          aria-label={`Value of ${called}`}
          aria-invalid={error ? true : undefined}
          value={draft.value}
          disabled={removed || draft.type === "null"}
          spellCheck={false}
          className="font-mono text-sm"
          onChange={(event) => onChange({ value: event.target.value })}
        />
        {original === undefined ? (
          <Button small tone="quiet" onClick={onDrop} aria-label={`Drop ${called}`}>
            Drop
          </Button>
        ) : (
          <Button
            small
            tone="quiet"
            onClick={() => onChange({ removed: !removed })}
            aria-label={`${removed ? "Keep" : "Remove"} ${called}`}
          >
            {removed ? "Keep" : "Remove"}
          </Button>
        )}
      </div>
      {(changed || removed || original === undefined) && (
        <p className="mt-1 flex flex-wrap items-center gap-x-2 text-sm text-soft break-name">
          {original === undefined
            ? "new"
            : removed
              ? "will be removed"
              : `was ${original.type} ${JSON.stringify(original.value)}`}
          {changed && original && (
            <button
              type="button"
              className="min-h-6 text-accent underline"
              onClick={() => onChange({ type: original.type, value: original.value })}
            >
              put back
            </button>
          )}
        </p>
      )}
      {error && (
        <p role="alert" className="mt-1 text-sm text-bad">
          {error}
        </p>
      )}
    </div>
  );
}
