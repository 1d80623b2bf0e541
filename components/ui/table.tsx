import type { ComponentProps, ReactNode } from "react";
import { cx } from "./cx";

/**
 * A dense table. Below the `md` width its rows become cards: each cell shows its `label`, the header row goes.
 */
export function Table({
  caption,
  head,
  rowCount,
  children,
  className,
}: {
  caption: string;
  head: ReactNode;
  rowCount?: number;
  children: ReactNode;
  className?: string;
}) {
  return (
    <table
      aria-rowcount={rowCount === undefined ? undefined : rowCount + 1}
      className={cx("w-full border-collapse max-md:block", className)}
    >
      <caption className="sr-only">{caption}</caption>
      <thead className="max-md:sr-only md:sticky md:top-12 md:z-10 md:bg-surface">
        <tr className="shadow-[inset_0_-1px_0_var(--color-line)]">{head}</tr>
      </thead>
      {children}
    </table>
  );
}

interface HeadProps extends ComponentProps<"th"> {
  numeric?: boolean;
}

export function Head({ numeric = false, className, children, ...rest }: HeadProps) {
  return (
    <th
      scope="col"
      {...rest}
      className={cx(
        "px-3 py-2 text-sm font-medium whitespace-nowrap text-faint first:pl-4 last:pr-4",
        numeric ? "text-right" : "text-left",
        className,
      )}
    >
      {children}
    </th>
  );
}

interface RowProps extends ComponentProps<"tr"> {
  selected?: boolean;
}

/** A row that j and k move to; put a `data-row-link` on the link or button that Enter should follow. */
export function Row({ selected = false, className, ...rest }: RowProps) {
  return (
    <tr
      data-row=""
      {...rest}
      className={cx(
        "border-b border-line align-top last:border-b-0 hover:bg-hover focus-within:bg-hover",
        "max-md:relative max-md:grid max-md:grid-cols-2 max-md:gap-x-4 max-md:gap-y-1.5 max-md:px-4 max-md:py-3",
        selected && "bg-accent-wash",
        className,
      )}
    />
  );
}

interface CellProps extends ComponentProps<"td"> {
  /** The column's name, for the card layout; absent: the cell speaks for itself. */
  label?: string;
  numeric?: boolean;
  /** In the card layout the cell takes the whole width. */
  full?: boolean;
}

export function Cell({ label, numeric = false, full = false, className, children, ...rest }: CellProps) {
  return (
    <td
      {...rest}
      className={cx(
        "px-3 py-2 first:pl-4 last:pr-4 max-md:block max-md:p-0 max-md:first:pl-0 max-md:last:pr-0",
        numeric && "text-right max-md:text-left",
        full && "max-md:col-span-2",
        className,
      )}
    >
      {label && <span className="block text-xs text-faint md:hidden">{label}</span>}
      {children}
    </td>
  );
}
