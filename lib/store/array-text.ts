/** The text of an array whose elements need no quotes: the driver would look at the type of each and escape it. Null elements included. */
export function bareArray<T>(rows: readonly T[], element: (row: T) => string | number | null): string {
  return `{${rows.map((row) => element(row) ?? "NULL").join(",")}}`;
}

/** The elements of such an array, none of which is null. */
export const readBare = (written: string | null): string[] =>
  written === null || written === "{}" ? [] : written.slice(1, -1).split(",");

export const readBareNumbers = (written: string | null): number[] => readBare(written).map(Number);

/** The text of an array of ids. */
export const bareIds = (ids: readonly string[]): string => bareArray(ids, (id) => id);
