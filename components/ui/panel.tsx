import type { ReactNode } from "react";
import { cx } from "./cx";

/** A titled part of a page. */
export function Panel({
  title,
  aside,
  children,
  flush = false,
  className,
}: {
  title?: ReactNode;
  aside?: ReactNode;
  children: ReactNode;
  flush?: boolean;
  className?: string;
}) {
  return (
    <section className={cx("min-w-0 rounded-lg border border-line bg-surface", className)}>
      {title && (
        <header className="flex min-h-12 flex-wrap content-center items-baseline justify-between gap-x-4 gap-y-1 border-b border-line px-4 py-2">
          <h2 className="font-semibold">{title}</h2>
          {aside && <div className="text-sm text-soft">{aside}</div>}
        </header>
      )}
      <div className={flush ? "" : "p-4"}>{children}</div>
    </section>
  );
}
