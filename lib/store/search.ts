import type { DeadLetterSearch, SearchCoverage } from "@/lib/contracts/dead-letters";
import type { Correlation } from "@/lib/contracts/search";
import type { Database } from "./database";
import { matchingDeadLetters, type PlacedFilter, placeCondition, placeFilter } from "./dead-letter-filter";
import { countNextFacts, type KeptFacts, readKeptFacts, SHARE, SHARE_ELSEWHERE } from "./fact-totals";
import { Prisma } from "./generated/client";
import type { FactCounts, FactExample, SearchStore } from "./ports/search";
import { saveEntries, takePending } from "./search-index";

export function searchStore(db: Database): SearchStore {
  return {
    limitSeconds: async (seconds) => {
      await db.$executeRaw`SELECT set_config('statement_timeout', ${String(Math.ceil(seconds * 1000))}, true)`;
    },
    takePending: (limit) => takePending(db, limit),
    save: (entries) => saveEntries(db, entries),
    remove: async (ids) => {
      if (ids.length === 0) return;
      await db.messageSearch.deleteMany({ where: { deadLetterId: { in: ids.map(BigInt) } } });
    },
    coverage: (scope) => readCoverage(db, scope),
    compare: async (filter, at, say) => compare(db, await placeFilter(db, filter), at, say),
    examples: (ids) => readExamples(db, ids),
    countNextFacts: (sizes) => countNextFacts(db, sizes),
  };
}

/** Pending messages are counted up to here: beyond, what matters is that they are many. */
const MOST_PENDING = 1_000_000;

/** Counted by queue: a cause's coverage is that of its queue. What is there is counted only to say a share of it. */
async function readCoverage(db: Database, { queue }: Pick<DeadLetterSearch, "queue">): Promise<SearchCoverage> {
  const of = (column: Prisma.Sql) => (queue === undefined ? Prisma.sql`true` : Prisma.sql`${column} = ${queue}`);
  const rows = await db.$queryRaw<Omit<SearchCoverage, "present">[]>`
    SELECT (SELECT count(*)::int FROM (SELECT 1 FROM search_pending p WHERE ${of(Prisma.sql`p.queue_id`)} LIMIT ${MOST_PENDING}) first) AS pending,
      (SELECT count(*)::int FROM message_search s JOIN dead_letter d ON d.id = s.dead_letter_id
        WHERE d.left_at IS NULL AND s.gap IS NOT NULL AND ${of(Prisma.sql`s.queue_id`)}) AS gaps`;
  const { pending, gaps } = rows[0] as Omit<SearchCoverage, "present">;
  if (pending === 0 && gaps === 0) return { present: 0, pending, gaps };
  const present = await db.$queryRaw<{ n: number }[]>`
    SELECT count(*)::int AS n FROM dead_letter d WHERE d.left_at IS NULL AND ${of(Prisma.sql`d.queue_id`)}`;
  const n = present[0]?.n ?? 0;
  return { present: n, pending: Math.min(pending, n), gaps };
}

/**
 * Long queues are read from the count that is kept of them (lib/store/fact-totals.ts), which is of some minutes ago; whatever is not counted there
 * is counted now.
 */
async function compare(
  db: Database,
  filter: PlacedFilter,
  at: Date,
  say: "facts" | "correlation",
): Promise<Awaited<ReturnType<SearchStore["compare"]>>> {
  const kept = await readKeptFacts(db, filter);
  if (kept !== null) {
    const { countedAt, correlation } = kept;
    if (say === "correlation") return { at: countedAt, correlation, counts: null };
    const counts = await countFacts(db, filter, at, kept);
    // What has left its queue cannot name what it said any more.
    if (await allIndexed(db, counts)) return { at: countedAt, correlation, counts };
  }
  const correlation = await readCorrelation(db, filter, at);
  return { at, correlation, counts: say === "correlation" ? null : await countFacts(db, filter, at, null) };
}

async function allIndexed(db: Database, { facts }: FactCounts): Promise<boolean> {
  const ids = [...new Set(facts.map(({ exampleId }) => exampleId))];
  const rows = await db.$queryRaw<{ n: number }[]>`
    SELECT count(*)::int AS n FROM message_search s WHERE s.dead_letter_id = ANY (${ids}::text[]::bigint[])`;
  return rows[0]?.n === ids.length;
}

async function readCorrelation(db: Database, filter: PlacedFilter, at: Date): Promise<Correlation> {
  const rows = await db.$queryRaw<Correlation[]>`
    SELECT count(*)::int AS total, count(nullif(d.correlation_id, ''))::int AS "withCorrelationId",
      count(*) FILTER (WHERE s.traced)::int AS "withTrace"
    FROM dead_letter d LEFT JOIN message_search s ON s.dead_letter_id = d.id WHERE ${matchingDeadLetters(filter, at)}`;
  return rows[0] as Correlation;
}

/** Facts that are answered at most, those that part the two sides most. */
const MOST_FACTS = 2_000;

/** Counted among the facts of each message: the message itself, and that its body is JSON. Facts are hashes of 64 bits: none is 0. */
const MESSAGE_MARK = Prisma.sql`NULL::bigint`;
const JSON_MARK = Prisma.sql`0::bigint`;

/**
 * Every fact is counted over the whole queue and over the filter's messages, each message read once for either; the rest of the queue is the
 * difference. Counting a queue's facts is nearly all of the cost, the more so the fewer messages the filter has.
 */
async function countFacts(db: Database, filter: PlacedFilter, at: Date, kept: KeptFacts | null): Promise<FactCounts> {
  // Facts that only one message says are many, and must be counted to be left out: in memory.
  await db.$executeRaw`SELECT set_config('work_mem', '256MB', true)`;
  const count = (of: Prisma.Sql) => Prisma.sql`
    SELECT f.fact, count(*)::int AS n, min(f.id) AS example
    FROM (
      SELECT b.id, unnest(s.facts || CASE WHEN s.body = 'json' THEN ARRAY[${MESSAGE_MARK}, ${JSON_MARK}] ELSE ARRAY[${MESSAGE_MARK}] END) AS fact
      FROM sides b JOIN message_search s ON s.dead_letter_id = b.id WHERE ${of}
    ) f GROUP BY f.fact`;
  const sides =
    kept !== null
      ? {
          messages: Prisma.sql`SELECT 1`,
          everything: keptCounts(kept.queueId, "0"),
          ours: keptCounts(kept.queueId, kept.causeId),
        }
      : {
          messages: sidesOf(filter, at),
          everything: count(Prisma.sql`b.inside IS NOT NULL`),
          ours: isWholeQueue(filter) ? Prisma.sql`SELECT * FROM everything` : count(Prisma.sql`b.inside`),
        };
  const said = (table: "everything" | "ours", mark: Prisma.Sql) =>
    Prisma.sql`coalesce((SELECT x.n FROM ${Prisma.raw(table)} x WHERE x.fact IS NOT DISTINCT FROM ${mark}), 0)`;
  const rows = await db.$queryRaw<
    {
      fact: string | null;
      inside: number;
      outside: number;
      example: string;
      all_inside: number;
      all_outside: number;
      json_inside: number;
      json_outside: number;
    }[]
  >`
    -- What is not known of a message (NULL) puts it on neither side.
    WITH sides AS MATERIALIZED (${sides.messages}),
    everything AS MATERIALIZED (${sides.everything}),
    ours AS MATERIALIZED (${sides.ours}),
    totals AS MATERIALIZED (
      SELECT t.all_inside, t.n - t.all_inside AS all_outside, t.json_inside, t.json - t.json_inside AS json_outside FROM (
        SELECT ${said("everything", MESSAGE_MARK)} AS n, ${said("everything", JSON_MARK)} AS json,
          ${said("ours", MESSAGE_MARK)} AS all_inside, ${said("ours", JSON_MARK)} AS json_inside
      ) t
    ), counted AS (
      SELECT e.fact, coalesce(o.n, 0) AS inside, e.n - coalesce(o.n, 0) AS outside, coalesce(o.example, e.example) AS example
      FROM everything e LEFT JOIN ours o ON o.fact = e.fact WHERE e.fact <> ${JSON_MARK}
    ), chosen AS (
      SELECT c.* FROM counted c, totals t
      WHERE c.inside >= greatest(1, t.all_inside * ${SHARE}::float8) OR c.outside >= greatest(1, t.all_outside * ${SHARE_ELSEWHERE}::float8)
      ORDER BY abs(c.inside::float8 / greatest(t.all_inside, 1) - c.outside::float8 / greatest(t.all_outside, 1)) DESC,
        c.inside DESC, c.fact LIMIT ${MOST_FACTS}
    )
    SELECT c.fact::text, c.inside, c.outside, c.example::text, t.* FROM totals t LEFT JOIN chosen c ON true`;
  const totals = rows[0];
  return {
    inside: totals?.all_inside ?? 0,
    outside: totals?.all_outside ?? 0,
    jsonInside: totals?.json_inside ?? 0,
    jsonOutside: totals?.json_outside ?? 0,
    facts: rows.flatMap(({ fact, inside, outside, example }) =>
      fact === null ? [] : [{ fact: BigInt(fact), inside, outside, exampleId: example }],
    ),
  };
}

/** Facts with how many say them, as they are kept of a cause, or ("0") of the whole queue. */
function keptCounts(queueId: number, causeId: string): Prisma.Sql {
  const total = Prisma.sql`fact_total t WHERE t.queue_id = ${queueId} AND t.cause_id = ${causeId}::text::bigint`;
  return Prisma.sql`
    SELECT u.fact, u.n, u.example FROM (SELECT t.facts, t.counts, t.examples FROM ${total}) k, unnest(k.facts, k.counts, k.examples) AS u(fact, n, example)
    UNION ALL SELECT ${MESSAGE_MARK}, t.messages, 0 FROM ${total}
    UNION ALL SELECT ${JSON_MARK}, t.json, 0 FROM ${total}`;
}

/** The messages of a filter's queue, and which of them it selects. */
function sidesOf(filter: PlacedFilter, at: Date): Prisma.Sql {
  const { queue, causes } = filter;
  if (queue === undefined || !isWholeQueue({ ...filter, causes: null })) {
    return Prisma.sql`SELECT d.id, (${matchingDeadLetters(filter, at)}) AS inside FROM dead_letter d
      WHERE ${placeCondition({ queue, causes: null }, at)}`;
  }
  // By causes alone: an index answers it, and a large queue's rows need not be read.
  const inside = causes === null ? Prisma.sql`true` : Prisma.sql`d.cause_id = ANY (${[...causes]}::text[]::bigint[])`;
  return Prisma.sql`SELECT d.id, ${inside} AS inside FROM dead_letter d
    WHERE d.left_at IS NULL AND d.cause_id IN (SELECT c.id FROM cause c WHERE c.queue_id = ${queue})`;
}

function isWholeQueue({ causes, reason, age, returned, q }: PlacedFilter): boolean {
  return causes === null && reason === undefined && age === undefined && returned === undefined && (q ?? "") === "";
}

async function readExamples(db: Database, ids: readonly string[]): Promise<FactExample[]> {
  if (ids.length === 0) return [];
  return db.$queryRaw<FactExample[]>`
    SELECT d.subject, d.correlation_id AS "correlationId", d.session_id AS "sessionId", d.properties,
      coalesce((SELECT jsonb_agg(jsonb_build_object('path', e.key, 'values',
          (SELECT coalesce(jsonb_agg(jsonb_build_object('type', jsonb_typeof(v), 'text', coalesce(v #>> '{}', ''))), '[]'::jsonb)
             FROM jsonb_array_elements(e.value) v)))
        FROM jsonb_each(s.fields) e), '[]'::jsonb) AS fields
    FROM dead_letter d LEFT JOIN message_search s ON s.dead_letter_id = d.id
    WHERE d.id = ANY (${[...ids]}::text[]::bigint[])`;
}
