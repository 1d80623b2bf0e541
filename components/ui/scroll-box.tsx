import type { ReactNode } from "react";
import { cx } from "./cx";

/** Preformatted text that scrolls by itself, and by keyboard. */
export function ScrollBox({ label, className, children }: { label: string; className?: string; children: ReactNode }) {
  return (
    <section
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      className={cx("overflow-auto", className)}
    >
      <pre className="w-max min-w-full p-4 font-mono text-xs leading-5">{children}</pre>
    </section>
  );
}
