import { cx } from "./cx";
import { Icon } from "./icon";
import { Head } from "./table";

interface SortHeadProps {
  children: string;
  active: boolean;
  /** Which way the active order goes. */
  order: "ascending" | "descending";
  onSort: () => void;
  numeric?: boolean;
}

/** A column head that orders the table by its column. */
export function SortHead({ children, active, order, onSort, numeric = false }: SortHeadProps) {
  return (
    <Head numeric={numeric} aria-sort={active ? order : undefined}>
      <button
        type="button"
        onClick={onSort}
        className={cx(
          "inline-flex min-h-6 items-center gap-1 rounded-sm hover:text-ink",
          // The arrow stands on the inner side, so that the head lines up with the figures below it.
          numeric && "flex-row-reverse",
          active && "text-ink",
        )}
      >
        {children}
        <Icon name="down" className={cx("size-3", !active && "opacity-0", order === "ascending" && "rotate-180")} />
      </button>
    </Head>
  );
}
