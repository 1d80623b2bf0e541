import type { ReactNode } from "react";
import { cx } from "./cx";
import { Icon, type IconName } from "./icon";

export type Tone = "neutral" | "accent" | "ok" | "warn" | "bad";
const TONES: Record<Tone, string> = {
  neutral: "border-line bg-sunken text-soft",
  accent: "border-accent/40 bg-accent-wash text-accent",
  ok: "border-ok/40 bg-ok-wash text-ok",
  warn: "border-warn/40 bg-warn-wash text-warn",
  bad: "border-bad/40 bg-bad-wash text-bad",
};

/** A state in a word, with its colour and icon. */
export function Badge({
  tone = "neutral",
  icon,
  tip,
  children,
}: {
  tone?: Tone;
  icon?: IconName;
  tip?: string | undefined;
  children: ReactNode;
}) {
  return (
    <span
      data-tip={tip}
      className={cx(
        "inline-flex items-center gap-1 rounded-sm border px-1.5 text-xs leading-[1.375rem] font-medium whitespace-nowrap",
        TONES[tone],
      )}
    >
      {icon && <Icon name={icon} className="size-3" />}
      {children}
    </span>
  );
}
