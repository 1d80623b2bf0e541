import type { ReplaySelection } from "@/lib/contracts/replays";
import type { RefusalCode } from "@/lib/domain/refusals";
import type { SubscriptionFacts } from "@/lib/domain/subscriptions";
import { readCopyEnds } from "./copy-ends";
import type { Database } from "./database";
import { matchingDeadLetters, placeFilter } from "./dead-letter-filter";
import { Prisma } from "./generated/client";
import { pathEquals } from "./path-equals";
import type { InsertedPlan, NewReplay, PlanFacts, PlanRules, SelectionFacts } from "./ports/replays";

const LIVE = Prisma.sql`('planned', 'claimed', 'sending', 'sent', 'uncertain')`;

/** What an entity's settings say, as queue.settings and target.settings keep them (lib/brokers/broker.ts). */
interface StoredSettings {
  readonly duplicateDetection: { readonly enabled: boolean; readonly windowSeconds: number } | null;
  readonly requiresSession: boolean | null;
  readonly maxMessageBytes: number | null;
  readonly partitioned: boolean | null;
}
interface StoredTarget extends StoredSettings {
  readonly disabled: boolean;
  readonly forwardTo: string | null;
  readonly defaultTimeToLiveSeconds: number | null;
}

export async function readPlanFacts(
  db: Database,
  queueId: number,
  targetPath: string | null,
): Promise<PlanFacts | null> {
  const queue = await db.queue.findUnique({ where: { id: queueId }, include: { namespace: true } });
  if (queue === null) return null;
  const path = targetPath ?? queue.originPath;
  const { namespaceId } = queue;
  const target = await db.target.findFirst({
    where: { namespaceId, path: pathEquals(path), vanishedAt: null },
  });
  const rows = await db.queue.findMany({
    where: {
      namespaceId,
      originPath: pathEquals(path),
      vanishedAt: null,
      subQueue: { not: "forwarded" },
    },
    orderBy: { entityPath: "asc" },
  });
  // The source's own row comes first: of a topic's subscriptions, only it knows whether the reader that failed uses sessions.
  const own = rows.find((row) => row.id === queueId) ?? rows[0];
  const watched = (own?.settings ?? null) as StoredSettings | null;
  const listed = (target?.settings ?? null) as StoredTarget | null;
  const isTopic = target === null ? rows.some((row) => row.entityKind === "subscription") : target.kind === "topic";
  const source = (queue.settings ?? null) as { lockSeconds?: number | null } | null;
  const sent = {
    path: target?.path ?? own?.originPath ?? path,
    kind: isTopic ? ("topic" as const) : ("queue" as const),
    forwardTo: listed?.forwardTo ?? null,
    subscriptions: isTopic ? subscriptionsOf(target?.subscriptions, rows) : null,
  };
  const fastest = await db.queue.aggregate({ where: { namespaceId }, _max: { lockRate: true } });
  return {
    queue: {
      id: queue.id,
      namespaceId,
      namespace: queue.namespace.name,
      broker: queue.namespace.broker,
      entityPath: queue.entityPath,
      subQueue: queue.subQueue,
      originPath: queue.originPath,
      vanished: queue.vanishedAt !== null,
      lockSeconds: source?.lockSeconds ?? null,
      // What was measured in another DLQ of the namespace says more than an assumption.
      lockRate: queue.lockRate ?? fastest._max.lockRate,
    },
    target: {
      ...sent,
      known: target !== null || rows.length > 0,
      disabled: listed?.disabled ?? false,
      duplicateDetection: listed?.duplicateDetection ?? watched?.duplicateDetection ?? null,
      requiresSession: (isTopic ? watched : (listed ?? watched))?.requiresSession ?? null,
      maxMessageBytes: listed?.maxMessageBytes ?? watched?.maxMessageBytes ?? null,
      partitioned: listed?.partitioned ?? watched?.partitioned ?? null,
      ends: await readCopyEnds(db, namespaceId, sent),
    },
  };
}

/** As the broker listed them; where it could not, those that are watched. */
function subscriptionsOf(
  listed: unknown,
  rows: readonly { entityKind: string; subQueue: string; entityPath: string; rules: unknown; settings: unknown }[],
): SubscriptionFacts[] {
  if (Array.isArray(listed)) {
    return (listed as SubscriptionFacts[]).toSorted((one, other) => one.name.localeCompare(other.name));
  }
  return rows
    .filter((row) => row.entityKind === "subscription" && row.subQueue === "dead-letter")
    .map((row) => ({
      name: row.entityPath.split("/").at(-1) ?? row.entityPath,
      rules: row.rules as SubscriptionFacts["rules"],
      requiresSession: (row.settings as StoredSettings | null)?.requiresSession ?? null,
    }));
}

/** The messages that a selection means now: present ones, those of another live replay left out where only the first so many are asked. */
async function chosen(
  db: Database,
  selection: ReplaySelection,
  at: Date,
): Promise<{ where: Prisma.Sql; limit: Prisma.Sql }> {
  switch (selection.kind) {
    case "dead-letters":
      return {
        where: Prisma.sql`d.left_at IS NULL AND d.queue_id = ${selection.queue}
          AND d.id IN (SELECT jsonb_array_elements_text(${JSON.stringify(selection.ids)}::jsonb)::bigint)`,
        limit: Prisma.empty,
      };
    case "archive": {
      const { queue, discard, ids, first } = selection;
      return {
        where: Prisma.sql`d.queue_id = ${queue} AND d.left_how = 'discarded' AND d.id IN (
          SELECT a.dead_letter_id FROM archive a WHERE a.replay_id = ${discard}::uuid AND a.restored_at IS NULL)
          ${ids === undefined ? Prisma.empty : Prisma.sql`AND d.id IN (SELECT jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)::bigint)`}`,
        limit: first === undefined ? Prisma.empty : Prisma.sql`ORDER BY d.enqueued_at, d.position LIMIT ${first}`,
      };
    }
    case "filter": {
      const matching = matchingDeadLetters(await placeFilter(db, selection.filter), at);
      if (selection.first === undefined) return { where: matching, limit: Prisma.empty };
      return {
        where: Prisma.sql`${matching} AND NOT EXISTS (
          SELECT 1 FROM replay_item live WHERE live.dead_letter_id = d.id AND live.state IN ${LIVE})`,
        limit: Prisma.sql`ORDER BY d.enqueued_at, d.position LIMIT ${selection.first}`,
      };
    }
  }
}

export async function readSelectionFacts(
  db: Database,
  selection: ReplaySelection,
  windowSeconds: number,
  at: Date,
): Promise<SelectionFacts> {
  const { where, limit } = await chosen(db, selection, at);
  const rows = await db.$queryRaw<SelectionFacts[]>`
    WITH chosen AS MATERIALIZED (SELECT d.message_id, d.enqueued_at FROM dead_letter d WHERE ${where} ${limit})
    SELECT count(*)::int AS total,
           (count(*) FILTER (WHERE enqueued_at > clock_timestamp() - make_interval(secs => ${windowSeconds})))::int AS "insideWindow",
           (count(message_id) - count(DISTINCT message_id))::int AS "sameId",
           (count(*) - count(message_id))::int AS "withoutId"
    FROM chosen`;
  return rows[0] as SelectionFacts;
}

interface InsertedRow {
  readonly code: RefusalCode;
  readonly count: number;
}

/** An id of our own making names its item. */
const OWN_ID = "^replay-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";

export async function insertPlan(db: Database, replay: NewReplay, rules: PlanRules, at: Date): Promise<InsertedPlan> {
  const ids = await db.$queryRaw<{ id: string }[]>`
    INSERT INTO replay (id, kind, namespace_id, queue_id, target_path, state, selection, plan_hash, preflight, rate, burst,
                        message_id_policy, doubt_policy, ramp, starts_at, expiry_policy, deliver_at, route_to, stamps, total,
                        ordered, created_by, created_at, known_through)
    VALUES (gen_random_uuid(), ${replay.kind}, ${replay.namespaceId}, ${replay.queueId}, ${replay.targetPath}, 'planned',
            ${JSON.stringify(replay.selection)}::jsonb, '', '{}'::jsonb, ${replay.rate}, ${replay.burst},
            ${replay.messageIdPolicy}, ${replay.doubtPolicy}, ${replay.ramp === null ? null : JSON.stringify(replay.ramp)}::jsonb,
            ${replay.startsAt?.toISOString() ?? null}::timestamptz, ${replay.expiryPolicy},
            ${replay.deliverAt?.toISOString() ?? null}::timestamptz, ${replay.routeTo}, ${replay.stamps}, 0, false,
            ${replay.createdBy}::uuid, clock_timestamp(), (SELECT max(id) FROM dead_letter))
    RETURNING id::text`;
  const id = (ids[0] as { id: string }).id;
  const { where, limit } = await chosen(db, replay.selection, at);
  const preserve = rules.messageIdPolicy === "preserve";
  const window = Prisma.sql`make_interval(secs => ${rules.windowSeconds}::float8)`;
  const sentThere = Prisma.sql`sr.namespace_id = ${replay.namespaceId} AND lower(sr.target_path) = lower(${replay.targetPath})
    AND s.sent_message_id = c.message_id AND s.intent_at > clock_timestamp() - ${window}`;
  const rows = await db.$queryRaw<InsertedRow[]>`
    WITH chosen AS MATERIALIZED (
      SELECT d.id, d.key, d.position, d.enqueued_at, d.message_id, d.content_hash, d.session_id, d.reason, d.size, d.expires_at
      FROM dead_letter d WHERE ${where} ${limit}
    ), judged AS MATERIALIZED (
      SELECT c.*, e.id AS edit_id, live.replay_id AS live_replay,
             CASE
               WHEN live.replay_id IS NOT NULL THEN 'in-replay'
               WHEN ${rules.reachesNobody}::boolean THEN 'no-subscription'
               WHEN ${replay.expiryPolicy} = 'keep' AND c.expires_at
                 <= greatest(clock_timestamp(), ${replay.startsAt?.toISOString() ?? null}::timestamptz,
                             ${replay.deliverAt?.toISOString() ?? null}::timestamptz) THEN 'expired'
               -- Of an edited one the copy itself is measured.
               WHEN e.id IS NULL AND c.size + ${rules.stampBytes}::int > ${rules.maxBytes}::bigint THEN 'too-large'
               WHEN c.session_id IS NULL AND (${rules.session}::text = 'required'
                 OR (${rules.session}::text = 'died-of-it' AND c.reason = 'Session ID is null')) THEN 'no-session'
               WHEN ${preserve}::boolean AND ${rules.windowSeconds}::float8 > 0 AND c.message_id IS NOT NULL AND (
                 c.enqueued_at > clock_timestamp() - ${window}
                 OR EXISTS (SELECT 1 FROM replay_item s JOIN replay sr ON sr.id = s.replay_id
                            WHERE s.message_id = c.message_id AND ${sentThere})
                 OR EXISTS (SELECT 1 FROM replay_item s JOIN replay sr ON sr.id = s.replay_id
                            WHERE s.id = CASE WHEN c.message_id ~ ${OWN_ID} THEN substring(c.message_id FROM 8)::uuid END AND ${sentThere})
               ) THEN 'id-in-window'
             END AS code
      FROM chosen c
      LEFT JOIN edit e ON e.dead_letter_id = c.id AND e.ended_at IS NULL
      LEFT JOIN replay_item live ON live.dead_letter_id = c.id AND live.state IN ${LIVE}
    ), once AS (
      SELECT j.*, CASE
               WHEN j.code IS NOT NULL THEN j.code
               WHEN ${preserve}::boolean AND ${rules.windowSeconds}::float8 > 0 AND j.message_id IS NOT NULL
                 AND row_number() OVER (PARTITION BY j.message_id, j.code IS NULL ORDER BY j.position) > 1 THEN 'same-id'
             END AS code_once
      FROM judged j
    ), final AS MATERIALIZED (
      SELECT o.*, CASE
               WHEN o.code_once IS NOT NULL THEN o.code_once
               WHEN ${rules.ordered}::boolean AND o.session_id IS NOT NULL AND bool_or(o.code_once IS NOT NULL)
                 OVER (PARTITION BY o.session_id ORDER BY o.position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                 THEN 'session-stopped'
             END AS refusal
      FROM once o
    ), inserted AS (
      INSERT INTO replay_item (id, replay_id, ordinal, dead_letter_id, key, position, enqueued_at, message_id,
                               content_hash, edit_id, session_id, state, error)
      SELECT gen_random_uuid(), ${id}::uuid, row_number() OVER (ORDER BY f.position, f.id), f.id, f.key, f.position,
             f.enqueued_at, f.message_id, f.content_hash, f.edit_id, f.session_id,
             CASE WHEN f.refusal IS NULL THEN 'planned' ELSE 'refused' END,
             CASE WHEN f.refusal IS NOT NULL THEN (${JSON.stringify(rules.refusalTexts)}::jsonb ->> f.refusal)
               || CASE WHEN f.refusal = 'in-replay' THEN ' ' || f.live_replay ELSE '' END END
      FROM final f
    ), sized AS (
      UPDATE replay SET total = (SELECT count(*) FROM final),
        ordered = ${rules.ordered}::boolean AND EXISTS (SELECT 1 FROM final WHERE refusal IS NULL AND session_id IS NOT NULL)
      WHERE id = ${id}::uuid
    )
    SELECT refusal AS code, count(*)::int AS count FROM final WHERE refusal IS NOT NULL GROUP BY refusal`;
  return { id, refusals: rows };
}

/** sha256 over the terms and, in order, each planned message's identity and what its edit says. */
export async function readPlanHash(db: Database, replayId: string, terms: string): Promise<string> {
  const rows = await db.$queryRaw<{ hash: string }[]>`
    SELECT encode(sha256(convert_to(${terms}::text || coalesce(string_agg(
      E'\n' || concat_ws('|', i.key, (extract(epoch FROM i.enqueued_at) * 1000)::bigint, encode(i.content_hash, 'hex'),
        coalesce(to_json(i.message_id)::text, '-'), coalesce(i.edit_id::text, '-'),
        CASE WHEN e.id IS NOT NULL THEN encode(sha256(coalesce(e.body, ''::bytea)), 'hex') || (e.body IS NULL)::text
          || encode(sha256(convert_to(e.properties::text, 'UTF8')), 'hex') ELSE '-' END),
      '' ORDER BY i.ordinal), ''), 'UTF8')), 'hex') AS hash
    FROM replay_item i LEFT JOIN edit e ON e.id = i.edit_id
    WHERE i.replay_id = ${replayId}::uuid AND i.state <> 'refused'`;
  return (rows[0] as { hash: string }).hash;
}
