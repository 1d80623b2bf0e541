import Link from "next/link";
import { cx } from "./cx";
import { numberText } from "./number-text";

export type HeatmapCellAct = { href: string } | { onSelect: () => void; selected: boolean };

export interface HeatmapProps {
  caption: string;
  rowTitle: string;
  rows: readonly { id: string; label: string }[];
  columns: readonly { id: string; label: string }[];
  /** Messages in a cell; 0 where there is none. */
  count: (row: string, column: string) => number;
  /** What a cell does, or where it leads; an empty one does nothing. */
  cell: (row: string, column: string) => HeatmapCellAct;
}

const STEPS = [
  "bg-heat-1",
  "bg-heat-2",
  "bg-heat-3",
  "bg-heat-4",
  "bg-heat-5 text-on-accent",
  "bg-heat-6 text-on-accent",
];

/** Where there is little room a row's name stands above its cells. */
const CELLS = "flex flex-wrap gap-x-0.5 @xl:table-row";

/** Rows × columns of counts. Shade follows the square root of the count, and the count itself is printed. */
export function Heatmap({ caption, rowTitle, rows, columns, count, cell }: HeatmapProps) {
  const top = Math.max(1, ...rows.flatMap((row) => columns.map((column) => count(row.id, column.id))));
  const shade = (value: number) => STEPS[Math.min(STEPS.length - 1, Math.floor(Math.sqrt(value / top) * STEPS.length))];
  return (
    <div className="@container">
      <table className="block w-full border-separate border-spacing-0.5 text-sm @xl:table">
        <caption className="sr-only">{caption}</caption>
        <thead className="block @xl:table-header-group">
          <tr className={CELLS}>
            <th scope="col" className="text-left font-medium text-faint @max-xl:sr-only">
              {rowTitle}
            </th>
            {columns.map((column) => (
              <th
                key={column.id}
                scope="col"
                className="flex-1 basis-0 px-1 text-right text-xs font-medium whitespace-nowrap text-faint @xl:w-[11%] @xl:text-sm"
              >
                {column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="block @xl:table-row-group">
          {rows.map((row) => (
            <tr key={row.id} className={CELLS}>
              <th
                scope="row"
                className="py-0.5 pr-2 text-left font-normal break-name @max-xl:basis-full @max-xl:pt-2 @xl:max-w-80 @xl:truncate"
                data-tip={row.label}
              >
                {row.label}
              </th>
              {columns.map((column) => {
                const value = count(row.id, column.id);
                const act = cell(row.id, column.id);
                const look = cx(
                  "block h-7 w-full rounded-sm px-1 text-right leading-7 @xl:px-2",
                  value > 0 ? shade(value) : "text-faint",
                );
                return (
                  <td key={column.id} className="min-w-0 flex-1 basis-0 p-0">
                    {value > 0 && "href" in act ? (
                      <Link
                        href={act.href}
                        prefetch={false}
                        aria-label={`${row.label}, ${column.label}: ${numberText(value)}`}
                        className={cx(look, "hover:outline-2 hover:outline-accent")}
                      >
                        {numberText(value)}
                      </Link>
                    ) : value > 0 && "onSelect" in act ? (
                      <button
                        type="button"
                        onClick={act.onSelect}
                        aria-pressed={act.selected}
                        aria-label={`${row.label}, ${column.label}: ${numberText(value)}`}
                        className={cx(
                          look,
                          "hover:outline-2 hover:outline-accent",
                          act.selected && "font-semibold outline-2 outline-ink",
                        )}
                      >
                        {numberText(value)}
                      </button>
                    ) : (
                      <span className={look}>{value > 0 ? numberText(value) : "·"}</span>
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
