import { cx } from "./cx";
import { numberText } from "./number-text";

export interface HeatmapProps {
  caption: string;
  rowTitle: string;
  rows: readonly { id: string; label: string }[];
  columns: readonly { id: string; label: string }[];
  /** Messages in a cell; 0 where there is none. */
  count: (row: string, column: string) => number;
  /** Where a cell leads; absent: cells are not links. */
  cell?: (row: string, column: string) => { onSelect: () => void; selected: boolean };
}

const STEPS = [
  "bg-heat-1",
  "bg-heat-2",
  "bg-heat-3",
  "bg-heat-4",
  "bg-heat-5 text-on-accent",
  "bg-heat-6 text-on-accent",
];

/** Rows × columns of counts. Shade follows the square root of the count, and the count itself is printed. */
export function Heatmap({ caption, rowTitle, rows, columns, count, cell }: HeatmapProps) {
  const top = Math.max(1, ...rows.flatMap((row) => columns.map((column) => count(row.id, column.id))));
  const shade = (value: number) => STEPS[Math.min(STEPS.length - 1, Math.floor(Math.sqrt(value / top) * STEPS.length))];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section aria-label={caption} tabIndex={0} className="overflow-x-auto">
      <table className="w-full min-w-130 border-separate border-spacing-0.5 text-sm">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr>
            <th scope="col" className="px-1 text-left font-medium text-faint">
              {rowTitle}
            </th>
            {columns.map((column) => (
              <th
                key={column.id}
                scope="col"
                className="w-[11%] px-1 text-right font-medium whitespace-nowrap text-faint"
              >
                {column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <th scope="row" className="max-w-80 truncate py-0.5 pr-2 text-left font-normal" data-tip={row.label}>
                {row.label}
              </th>
              {columns.map((column) => {
                const value = count(row.id, column.id);
                const act = cell?.(row.id, column.id);
                const look = cx(
                  "block h-7 w-full rounded-sm px-2 text-right leading-7",
                  value > 0 ? shade(value) : "text-faint",
                );
                return (
                  <td key={column.id} className="p-0">
                    {act && value > 0 ? (
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
    </section>
  );
}
