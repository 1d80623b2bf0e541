import { type CauseFigures, readCauseFigures } from "./cause-figures";
import type { Database } from "./database";
import { causesOfPlace, type PlacedFilter } from "./dead-letter-filter";

/** How many lie at the filter's place, from the figures of causes, whatever the number of messages; null: they do not tell. */
export async function countFromFigures(db: Database, filter: PlacedFilter, at: Date): Promise<number | null> {
  const { age, returned } = filter;
  if (age === undefined) return countPresent(db, filter);
  if (returned !== undefined) return null;
  return (await readAged(db, filter, at)).reduce((sum, { ages }) => sum + ages[age], 0);
}

/** The same for each queue that has some. */
export async function countsFromFigures(
  db: Database,
  filter: PlacedFilter,
  at: Date,
): Promise<Map<number, number> | null> {
  const { age, returned } = filter;
  if (age === undefined) return countPresentByQueue(db, filter);
  if (returned !== undefined) return null;
  const counts = new Map<number, number>();
  for (const { queueId, ages } of await readAged(db, filter, at)) {
    if (ages[age] > 0) counts.set(queueId, (counts.get(queueId) ?? 0) + ages[age]);
  }
  return counts;
}

async function readAged(db: Database, filter: PlacedFilter, at: Date): Promise<CauseFigures[]> {
  const figures = await readCauseFigures(
    db,
    filter.queue === undefined ? { kind: "all" } : { kind: "queue", queueId: filter.queue },
    at,
  );
  return figures
    .filter((cause) => filter.cause === undefined || cause.causeId === filter.cause)
    .filter((cause) => filter.reason === undefined || cause.reason === filter.reason);
}

/** Of any age: one sum in the database, where the ages of all causes would be read to be added up here. */
async function countPresent(db: Database, filter: PlacedFilter): Promise<number> {
  const counted = await db.$queryRaw<{ present: number; returned: number }[]>`
    WITH place AS MATERIALIZED (${causesOfPlace(filter)})
    SELECT coalesce(sum(x.present), 0)::int AS present, coalesce(sum(x.returned), 0)::int AS returned FROM (
      SELECT r.cause_id, r.present, r.returned FROM cause_rollup r
      UNION ALL SELECT p.cause_id, p.present, p.returned FROM cause_delta p
    ) x WHERE x.cause_id IN (SELECT place.id FROM place)`;
  return ofKind(filter, counted[0] ?? { present: 0, returned: 0 });
}

async function countPresentByQueue(db: Database, filter: PlacedFilter): Promise<Map<number, number>> {
  const rows = await db.$queryRaw<{ queue_id: number; present: number; returned: number }[]>`
    WITH place AS MATERIALIZED (${causesOfPlace(filter)})
    SELECT c.queue_id, sum(x.present)::int AS present, sum(x.returned)::int AS returned FROM (
      SELECT r.cause_id, r.present, r.returned FROM cause_rollup r
      UNION ALL SELECT p.cause_id, p.present, p.returned FROM cause_delta p
    ) x JOIN cause c ON c.id = x.cause_id WHERE x.cause_id IN (SELECT place.id FROM place) GROUP BY c.queue_id`;
  return new Map(rows.map((row) => [row.queue_id, ofKind(filter, row)] as const).filter(([, n]) => n > 0));
}

function ofKind(
  filter: PlacedFilter,
  { present, returned }: { readonly present: number; readonly returned: number },
): number {
  switch (filter.returned) {
    case "yes":
      return returned;
    case "no":
      return present - returned;
    case undefined:
      return present;
  }
}
