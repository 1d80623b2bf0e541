import { AGE_BUCKET_IDS, type AgeBucketId, type AgeClock } from "@/lib/domain/age";
import { readColumns, text, whole } from "./columns";
import type { Database } from "./database";
import { Prisma } from "./generated/client";
import { AGE_LIMITS, type AgeLimit, eachAge, ROLLUP_TIMES } from "./rollups";

/** Which causes the figures are for: of every queue that is known, of every queue of a configured namespace, of one queue, or one. */
export type FigureScope =
  | { readonly kind: "all" }
  | { readonly kind: "configured" }
  | { readonly kind: "queue"; readonly queueId: number }
  | { readonly kind: "cause"; readonly causeId: string };

export type AgeCounts = Record<AgeBucketId, number>;

/** Dead letters of one cause that are there, under its own reason. */
export interface CauseFigures {
  /** The cause that shows them: another one when this one was merged into it. */
  readonly causeId: string;
  readonly queueId: number;
  readonly reason: string;
  readonly count: number;
  readonly returned: number;
  readonly ages: AgeCounts;
}

const ZERO = Object.fromEntries(AGE_BUCKET_IDS.map((id) => [id, 0])) as AgeCounts;

/** Every bucket at zero. */
export function noAges(): AgeCounts {
  return { ...ZERO };
}

/** One for each limit of a clock, by its short name. */
type AgeColumns = Readonly<Record<`${"o" | "s"}${1 | 2 | 3 | 4 | 5}`, ReturnType<typeof whole>>>;

/**
 * The causes that have messages, from the rollups (lib/store/rollups.ts), in one statement: rollup and deltas belong to one snapshot,
 * and the sums agree with each other. Ages are exact as of `at`, by `clock`.
 */
export async function readCauseFigures(
  db: Database,
  scope: FigureScope,
  at: Date,
  clock: AgeClock = "enqueued",
): Promise<CauseFigures[]> {
  const limits = AGE_LIMITS[clock];
  const present = Prisma.sql`coalesce(r.present, 0) + coalesce(p.present, 0)`;
  const older = ({ name, older: rolled }: AgeLimit) =>
    whole(Prisma.sql`coalesce(r.${rolled}, 0) + coalesce(p.${name}, 0) + coalesce(a.${name}, 0)`);
  const read = await readColumns(
    db,
    {
      id: whole(Prisma.sql`coalesce(c.merged_into, c.id)`),
      queueId: whole(Prisma.sql`c.queue_id`),
      reason: text(Prisma.sql`c.reason`),
      present: whole(present),
      returned: whole(Prisma.sql`coalesce(r.returned, 0) + coalesce(p.returned, 0)`),
      ...(Object.fromEntries(limits.map((age) => [age.name.sql, older(age)])) as AgeColumns),
    },
    Prisma.sql`cause c LEFT JOIN cause_rollup r ON r.cause_id = c.id LEFT JOIN pending p ON p.cause_id = c.id LEFT JOIN aged a ON a.cause_id = c.id
    WHERE ${present} > 0 AND ${causesOf(scope)}`,
    Prisma.sql`
    WITH pending AS (
      SELECT p.cause_id, sum(p.present)::int AS present, sum(p.returned)::int AS returned,
        ${eachAge(limits, (age) => Prisma.sql`(sum(p.present) FILTER (WHERE p.${age.delta} < k.${age.before}))::int AS ${age.name}`)}
      FROM cause_delta p, ${ROLLUP_TIMES} k ${pendingOf(scope)} GROUP BY p.cause_id
    ), aged AS (
      SELECT x.cause_id, ${eachAge(limits, (age) => Prisma.sql`sum(x.${age.name})::int AS ${age.name}`)}
      FROM (${Prisma.join(
        limits.map((limit) => agedSince(limit, limits, scope, at)),
        " UNION ALL ",
      )}) x GROUP BY x.cause_id
    )`,
  );
  const olderThan = limits.map((age) => read[age.name.sql as keyof AgeColumns] as readonly number[]);
  return Array.from({ length: read.length }, (_, n) => {
    const count = read.present[n] as number;
    return {
      causeId: String(read.id[n]),
      queueId: read.queueId[n] as number,
      reason: read.reason[n] as string,
      count,
      returned: read.returned[n] as number,
      ages: agesOf(count, olderThan, n),
    };
  });
}

/** The figures of merged causes added up under the cause that shows them. */
export function sumByCause(figures: readonly CauseFigures[]): Map<string, Omit<CauseFigures, "reason">> {
  const sums = new Map<string, Omit<CauseFigures, "reason">>();
  for (const { causeId, queueId, count, returned, ages } of figures) {
    const sum = sums.get(causeId);
    sums.set(
      causeId,
      sum === undefined
        ? { causeId, queueId, count, returned, ages }
        : {
            causeId,
            queueId,
            count: sum.count + count,
            returned: sum.returned + returned,
            ages: addAges(sum.ages, ages),
          },
    );
  }
  return sums;
}

function addAges(a: AgeCounts, b: AgeCounts): AgeCounts {
  return Object.fromEntries(AGE_BUCKET_IDS.map((id) => [id, a[id] + b[id]])) as AgeCounts;
}

/** Messages that have passed one of the ages since the time that the rollups count up to. */
function agedSince(limit: AgeLimit, limits: readonly AgeLimit[], scope: FigureScope, at: Date): Prisma.Sql {
  const until = new Date(at.getTime() - limit.seconds * 1000).toISOString();
  const columns = eachAge(
    limits,
    (age) => Prisma.sql`${age === limit ? Prisma.raw("1") : Prisma.raw("0")} AS ${age.name}`,
  );
  return Prisma.sql`
    SELECT d.cause_id, ${columns} FROM ${ROLLUP_TIMES} k, LATERAL (
      SELECT m.cause_id FROM dead_letter m
      WHERE m.left_at IS NULL AND m.${limit.row} >= k.${limit.before} AND m.${limit.row} <= ${until}::timestamptz ${messagesOf(scope)}
    ) d`;
}

function messagesOf(scope: FigureScope): Prisma.Sql {
  switch (scope.kind) {
    case "all":
    case "configured":
      return Prisma.empty;
    case "queue":
      return Prisma.sql`AND m.queue_id = ${scope.queueId}`;
    case "cause":
      return Prisma.sql`AND m.cause_id IN (${membersOf(scope.causeId)})`;
  }
}

/** A cause, and the causes that were merged into it. */
export function membersOf(causeId: string): Prisma.Sql {
  return Prisma.sql`SELECT member.id FROM cause member WHERE member.id = ${causeId}::bigint OR member.merged_into = ${causeId}::bigint`;
}

export function causesOf(scope: FigureScope): Prisma.Sql {
  switch (scope.kind) {
    case "all":
      return Prisma.sql`true`;
    case "configured":
      return Prisma.sql`c.queue_id IN (SELECT q.id FROM queue q JOIN namespace n ON n.id = q.namespace_id WHERE n.configured)`;
    case "queue":
      return Prisma.sql`c.queue_id = ${scope.queueId}`;
    case "cause":
      return Prisma.sql`(c.id = ${scope.causeId}::bigint OR c.merged_into = ${scope.causeId}::bigint)`;
  }
}

/** Deltas of other queues' causes are left out by the join with cause; of one cause they need not be summed at all. */
function pendingOf(scope: FigureScope): Prisma.Sql {
  return scope.kind === "cause" ? Prisma.sql`WHERE p.cause_id IN (${membersOf(scope.causeId)})` : Prisma.empty;
}

/** From "older than" to "between", of the cause in row `n`: what is older than one age and not than the next. */
function agesOf(count: number, olderThan: readonly (readonly number[])[], n: number): AgeCounts {
  const ages = noAges();
  let rest = count;
  for (let index = 0; index < AGE_BUCKET_IDS.length; index++) {
    const older = olderThan[index]?.[n] ?? 0;
    ages[AGE_BUCKET_IDS[index] as AgeBucketId] = rest - older;
    rest = older;
  }
  return ages;
}
