import { Field, TextArea } from "./field";

interface ReasonFieldProps {
  label?: string;
  hint: string;
  error?: string | undefined;
  placeholder?: string;
  rows?: number;
  /** Characters at most. */
  most?: number;
  value: string;
  onChange: (reason: string) => void;
}

/** Why somebody does something, in words; the audit keeps it. */
export function ReasonField({
  label = "Reason",
  hint,
  error,
  placeholder,
  rows = 2,
  most = 2_000,
  value,
  onChange,
}: ReasonFieldProps) {
  return (
    <Field label={label} error={error} hint={hint}>
      {(control) => (
        <TextArea
          {...control}
          rows={rows}
          maxLength={most}
          placeholder={placeholder}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

const LEAST = 3;

/** What to say of a reason that is too short to tell anybody anything; undefined: it will do. */
export function shortReason(reason: string, ask: string): string | undefined {
  return reason.trim().length < LEAST ? ask : undefined;
}
