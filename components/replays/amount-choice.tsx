"use client";
import { Input } from "@/components/ui/field";
import { numberText } from "@/components/ui/number-text";

export type Amount =
  | { readonly kind: "all" }
  | { readonly kind: "first"; readonly count: number }
  | { readonly kind: "own"; readonly text: string };

const STEPS = [5, 20] as const;

/** How many messages the choice means; null when what was typed is no usable number. */
export function amountOf(amount: Amount, total: number): number | null {
  switch (amount.kind) {
    case "all":
      return total;
    case "first":
      return Math.min(amount.count, total);
    case "own": {
      const count = Number(amount.text);
      return Number.isInteger(count) && count >= 1 && count <= total ? count : null;
    }
  }
}

interface AmountChoiceProps {
  amount: Amount;
  total: number;
  error: string | undefined;
  onChange: (amount: Amount) => void;
}

/** Five, look, twenty, look, the rest. */
export function AmountChoice({ amount, total, error, onChange }: AmountChoiceProps) {
  return (
    <fieldset>
      <legend className="mb-1 text-sm font-medium">How many, oldest first</legend>
      <div className="flex flex-wrap items-center gap-2">
        {STEPS.filter((count) => count < total).map((count) => (
          <Choice
            key={count}
            label={String(count)}
            checked={amount.kind === "first" && amount.count === count}
            onChoose={() => onChange({ kind: "first", count })}
          />
        ))}
        <Choice
          label={`all ${numberText(total)}`}
          checked={amount.kind === "all"}
          onChoose={() => onChange({ kind: "all" })}
        />
        {total > 1 && (
          <>
            <Choice
              label="another number"
              checked={amount.kind === "own"}
              onChoose={() => onChange({ kind: "own", text: "" })}
            />
            {amount.kind === "own" && (
              <Input
                aria-label="Number of messages"
                aria-invalid={error ? true : undefined}
                inputMode="numeric"
                autoFocus
                value={amount.text}
                onChange={(event) => onChange({ kind: "own", text: event.target.value })}
                className="max-w-24"
              />
            )}
          </>
        )}
      </div>
      {error && amount.kind === "own" && amount.text !== "" && (
        <p role="alert" className="mt-1 text-sm text-bad">
          {error}
        </p>
      )}
    </fieldset>
  );
}

function Choice({ label, checked, onChoose }: { label: string; checked: boolean; onChoose: () => void }) {
  return (
    <label className="inline-flex min-h-8 items-center gap-2 rounded-md border border-edge px-3 has-checked:border-accent has-checked:bg-accent-wash has-checked:font-medium has-focus-visible:outline-2 has-focus-visible:outline-accent">
      <input type="radio" name="amount" checked={checked} onChange={onChoose} />
      {label}
    </label>
  );
}
