"use client";
import { useEffect, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { cx } from "@/components/ui/cx";
import { Icon } from "@/components/ui/icon";
import type { FilterError } from "@/lib/domain/filter/filter-error";
import { parseFilter } from "@/lib/domain/filter/parse-filter";
import { joinParts, topParts } from "@/lib/domain/filter/spell-filter";

interface FilterInputProps {
  /** The filter that is on; it may be unreadable when it is from an address. */
  value: string;
  placeholder: string;
  onChange: (filter: string) => void;
}

/**
 * The filter as chips, one for each condition that must hold, and a field to add one. A chip that is clicked goes back into the field; so
 * does the last one by Backspace in the empty field. What cannot be read stays in the field with the place of it.
 */
export function FilterInput({ value, placeholder, onChange }: FilterInputProps) {
  const read = parseFilter(value);
  const parts = read.ok ? topParts(read.expression) : [];
  const [draft, setDraft] = useState(read.ok ? "" : value);
  const [error, setError] = useState<FilterError | null>(read.ok ? null : read.error);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const given = parseFilter(value);
    setError(given.ok ? null : given.error);
    if (!given.ok) setDraft(value);
  }, [value]);

  const add = () => {
    const parsed = parseFilter(draft);
    if (!parsed.ok) {
      setError(parsed.error);
      field.current?.focus();
      return;
    }
    setError(null);
    setDraft("");
    const on = new Set(parts.map((part) => joinParts([part])));
    const added = topParts(parsed.expression).filter((part) => !on.has(joinParts([part])));
    onChange(joinParts([...parts, ...added]));
  };
  const without = (index: number) => joinParts(parts.filter((_, other) => other !== index));
  const takeBack = (index: number) => {
    const part = parts[index];
    if (part === undefined) return;
    setDraft(joinParts([part]));
    onChange(without(index));
    field.current?.focus();
  };

  return (
    <div className="min-w-0 flex-1 basis-80">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
        className={cx(
          "flex min-h-8 flex-wrap items-center gap-1 rounded-md border bg-surface pl-2 focus-within:outline-2 focus-within:outline-offset-1 focus-within:outline-accent",
          error ? "border-bad" : "border-edge",
        )}
      >
        <Icon name="search" className="text-faint" />
        {parts.map((part, index) => {
          const text = joinParts([part]);
          return (
            <span
              key={text}
              className="my-0.5 inline-flex max-w-full items-center rounded-md border border-accent/40 bg-accent-wash text-sm"
            >
              <button
                type="button"
                onClick={() => takeBack(index)}
                aria-label={`Change the condition ${text}`}
                className="min-h-6 truncate rounded-md pl-2 font-mono text-xs"
              >
                {text}
              </button>
              <button
                type="button"
                onClick={() => onChange(without(index))}
                aria-label={`Remove the condition ${text}`}
                className="rounded-md p-1.5 text-soft hover:text-ink"
              >
                <Icon name="close" className="size-3" />
              </button>
            </span>
          );
        })}
        <input
          ref={field}
          data-search=""
          aria-label="Filter"
          aria-invalid={error ? true : undefined}
          aria-describedby={error ? "filter-error" : undefined}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          value={draft}
          placeholder={parts.length === 0 ? placeholder : "and…"}
          onChange={(event) => {
            setDraft(event.target.value);
            setError(null);
          }}
          onKeyDown={(event) => {
            if (event.key === "Backspace" && draft === "" && parts.length > 0) {
              event.preventDefault();
              takeBack(parts.length - 1);
            }
          }}
          className="min-h-7 min-w-32 flex-1 bg-transparent pr-2 font-mono text-sm outline-none placeholder:font-sans placeholder:text-faint"
        />
        {draft.trim() !== "" && (
          <Button type="submit" tone="quiet" small className="mr-0.5">
            Apply
          </Button>
        )}
      </form>
      {error && <FilterProblem error={error} text={draft} />}
    </div>
  );
}

/** What is wrong, and where in the text. */
function FilterProblem({ error, text }: { error: FilterError; text: string }) {
  const to = Math.max(error.to, error.from + 1);
  return (
    <div id="filter-error" role="alert" className="mt-1 text-sm">
      <p className="text-bad">{error.message}</p>
      <p className="font-mono text-xs break-name text-soft">
        {text.slice(Math.max(0, error.from - 40), error.from)}
        <mark className="rounded-sm bg-bad-wash px-0.5 text-bad underline decoration-wavy">
          {text.slice(error.from, to) || "␣"}
        </mark>
        {text.slice(to, to + 40)}
      </p>
    </div>
  );
}
