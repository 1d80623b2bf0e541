import type { ButtonHTMLAttributes, ReactNode } from "react";
import { cx } from "./cx";
import { Icon, type IconName } from "./icon";

export type ButtonTone = "primary" | "plain" | "quiet" | "danger";
const TONES: Record<ButtonTone, string> = {
  primary: "border-accent bg-accent text-on-accent hover:bg-accent-deep hover:border-accent-deep",
  plain: "border-edge bg-surface text-ink hover:bg-hover",
  quiet: "border-transparent text-accent hover:bg-hover hover:text-accent-deep",
  danger: "border-bad bg-surface text-bad hover:bg-bad-wash",
};

/** The look of a button, for links that lead to an act. */
export function buttonLook(tone: ButtonTone, small = false): string {
  return cx(
    "inline-flex items-center justify-center gap-1.5 rounded-md border font-medium select-none disabled:cursor-not-allowed disabled:opacity-55",
    small ? "min-h-7 px-2 text-sm" : "min-h-8 px-3 py-1 text-balance",
    TONES[tone],
  );
}

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  tone?: ButtonTone;
  small?: boolean;
  icon?: IconName;
  /** Shown instead of the label while the act is under way: words, never a bare spinner. */
  busy?: string | false;
  children?: ReactNode;
  ref?: React.Ref<HTMLButtonElement>;
}

export function Button({
  tone = "plain",
  small = false,
  icon,
  busy = false,
  children,
  className,
  disabled,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled || busy !== false}
      aria-busy={busy !== false || undefined}
      className={cx(buttonLook(tone, small), className)}
    >
      {icon && <Icon name={icon} />}
      {busy === false ? children : busy}
    </button>
  );
}
