import type { ReactNode } from "react";
import type { Tone } from "./badge";
import { cx } from "./cx";
import { Icon, type IconName } from "./icon";

const LOOK: Record<Tone, { box: string; ink: string; icon: IconName }> = {
  neutral: { box: "border-line bg-surface", ink: "text-soft", icon: "info" },
  accent: { box: "border-accent/40 bg-accent-wash", ink: "text-accent", icon: "info" },
  ok: { box: "border-ok/40 bg-ok-wash", ink: "text-ok", icon: "check" },
  warn: { box: "border-warn/40 bg-warn-wash", ink: "text-warn", icon: "alert" },
  bad: { box: "border-bad/40 bg-bad-wash", ink: "text-bad", icon: "alert" },
};

interface BannerProps {
  tone?: Tone;
  title: ReactNode;
  children?: ReactNode;
  action?: ReactNode;
  icon?: IconName;
  /** Announced to screen readers when it appears. */
  live?: boolean;
}

/** Says what is the matter and what to do, calmly, in the flow of the page. */
export function Banner({ tone = "neutral", title, children, action, icon, live = false }: BannerProps) {
  const look = LOOK[tone];
  return (
    <div
      role={live ? "status" : undefined}
      className={cx("flex flex-wrap items-start gap-x-3 gap-y-2 rounded-md border px-3 py-2", look.box)}
    >
      <Icon name={icon ?? look.icon} className={cx("mt-[3px]", look.ink)} />
      <div className="min-w-0 flex-1 basis-60">
        <div className="font-medium break-name">{title}</div>
        {children && <div className="text-soft break-name">{children}</div>}
      </div>
      {action}
    </div>
  );
}
