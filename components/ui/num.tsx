import { cx } from "./cx";
import { numberText } from "./number-text";

/** A count with grouped digits; null is "unknown", never 0. */
export function Num({ value, className }: { value: number | null; className?: string }) {
  if (value === null) return <span className={cx("text-faint italic", className)}>unknown</span>;
  return <span className={cx("whitespace-nowrap", value === 0 && "text-faint", className)}>{numberText(value)}</span>;
}
