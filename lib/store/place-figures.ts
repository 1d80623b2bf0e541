import { readCauseFigures } from "./cause-figures";
import type { Database } from "./database";
import { causesOfPlace, type PlacedFilter } from "./dead-letter-filter";

/** How many lie at the filter's place, from the figures of causes, whatever the number of messages; null: they do not tell. */
export async function countFromFigures(db: Database, filter: PlacedFilter, at: Date): Promise<number | null> {
  const { age, returned } = filter;
  if (age === undefined) return countPresent(db, filter);
  if (returned !== undefined) return null;
  const figures = await readCauseFigures(
    db,
    filter.queue === undefined ? { kind: "all" } : { kind: "queue", queueId: filter.queue },
    at,
  );
  return figures
    .filter((cause) => filter.cause === undefined || cause.causeId === filter.cause)
    .filter((cause) => filter.reason === undefined || cause.reason === filter.reason)
    .reduce((sum, { ages }) => sum + ages[age], 0);
}

/** Of any age: one sum in the database, where the ages of all causes would be read to be added up here. */
async function countPresent(db: Database, filter: PlacedFilter): Promise<number> {
  const counted = await db.$queryRaw<{ present: number; returned: number }[]>`
    WITH place AS MATERIALIZED (${causesOfPlace(filter)})
    SELECT coalesce(sum(x.present), 0)::int AS present, coalesce(sum(x.returned), 0)::int AS returned FROM (
      SELECT r.cause_id, r.present, r.returned FROM cause_rollup r
      UNION ALL SELECT p.cause_id, p.present, p.returned FROM cause_delta p
    ) x WHERE x.cause_id IN (SELECT place.id FROM place)`;
  const { present, returned } = counted[0] ?? { present: 0, returned: 0 };
  switch (filter.returned) {
    case "yes":
      return returned;
    case "no":
      return present - returned;
    case undefined:
      return present;
  }
}
