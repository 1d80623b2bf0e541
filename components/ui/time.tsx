"use client";
import { useNow } from "./as-of";
import { cx } from "./cx";
import { agoText, spanParts, spanText } from "./time-text";

/** "12 min ago"; TipLayer shows the exact UTC and local time. `focusable` where it is not part of a row with a link. */
export function Ago({ time, focusable = false, className }: { time: string; focusable?: boolean; className?: string }) {
  const now = useNow();
  return (
    <time dateTime={time} className={cx("whitespace-nowrap", className)} tabIndex={focusable ? 0 : undefined}>
      {agoText(Date.parse(time), now)}
    </time>
  );
}

/** The age of something, as the loud figure of its row. */
export function LoudAge({ since, className }: { since: string; className?: string }) {
  const now = useNow();
  const parts = spanParts((now - Date.parse(since)) / 1000);
  return (
    <time dateTime={since} className={cx("whitespace-nowrap font-semibold", className)}>
      {parts.map(([value, unit], index) => (
        <span key={unit}>
          {index > 0 && " "}
          {value}
          <span className="ml-0.5 text-[0.6em] font-medium opacity-80">{unit}</span>
        </span>
      ))}
    </time>
  );
}

/** The age in running text. */
export function Age({ since, className }: { since: string; className?: string }) {
  const now = useNow();
  return (
    <time dateTime={since} className={cx("whitespace-nowrap", className)}>
      {spanText((now - Date.parse(since)) / 1000)}
    </time>
  );
}
