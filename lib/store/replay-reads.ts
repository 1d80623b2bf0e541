import type { Preflight, ReplayDetail, ReplayItemRow, ReplaySelection, ReplaySummary } from "@/lib/contracts/replays";
import type { Ramp } from "@/lib/domain/ramp";
import { ITEM_STATES, type ItemState, OUTCOMES, type Outcome, type ReplayState } from "@/lib/domain/replay-states";
import type { Database } from "./database";
import { matchingDeadLetters, placeFilter } from "./dead-letter-filter";
import { Prisma } from "./generated/client";
import { FEW, KeptCounts } from "./kept-counts";
import type { StoredReplayDetail } from "./ports/replays";
import { iso, readClock } from "./queue-summaries";
import { type HoldRow, holdColumns, readRampProgress, toHold } from "./replay-progress";

interface SummaryRow extends HoldRow {
  readonly id: string;
  readonly kind: ReplaySummary["kind"];
  readonly state: ReplayState;
  readonly queue_id: number;
  readonly namespace: string;
  readonly entity_path: string;
  readonly sub_queue: string;
  readonly origin_path: string;
  readonly target_path: string;
  readonly reason: string | null;
  readonly ticket: string | null;
  readonly pause_reason: string | null;
  readonly notice: string | null;
  readonly rate: number;
  readonly rate_ceiling: number;
  readonly burst: number;
  readonly total: number;
  readonly approval_needed: string[];
  readonly submitted_by: string | null;
  readonly submitted_at: Date | null;
  readonly approved_by: string | null;
  readonly approved_at: Date | null;
  readonly approval_reason: string | null;
  readonly declined_by: string | null;
  readonly declined_at: Date | null;
  readonly decline_reason: string | null;
  readonly starts_at: Date | null;
  readonly created_by: string;
  readonly created_at: Date;
  readonly started_by: string | null;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly cursor: string;
}

interface ItemCounts {
  readonly id: string;
  readonly counts: { state: ItemState; outcome: Outcome | null; count: number; returned: number }[] | null;
  readonly restorable: number | null;
}

/** A notice that said until when it holds is over by itself then, whoever is or is not at work. */
const noticeNow = Prisma.sql`CASE WHEN r.notice_until IS NULL OR r.notice_until > clock_timestamp() THEN r.notice END`;

const kept = new KeptCounts<ItemCounts[]>();

/** Those of large replays may be some seconds old. */
async function readItemCounts(db: Database, replays: readonly SummaryRow[]): Promise<Map<string, ItemCounts>> {
  const few = replays.filter(({ total }) => total <= FEW);
  const many = replays.filter(({ total }) => total > FEW);
  const counts = await Promise.all([
    countItems(
      db,
      few.map(({ id }) => id),
    ),
    ...many.map(({ id, total }) => kept.of(id, total, () => countItems(db, [id]))),
  ]);
  return new Map(counts.flat().map((found) => [found.id, found]));
}

async function countItems(db: Database, ids: readonly string[]): Promise<ItemCounts[]> {
  if (ids.length === 0) return [];
  return db.$queryRaw<ItemCounts[]>`
    SELECT r.id::text,
           CASE WHEN r.kind = 'discard' THEN (SELECT count(*)::int FROM archive a JOIN dead_letter d ON d.id = a.dead_letter_id
             WHERE a.replay_id = r.id AND a.restored_at IS NULL AND d.left_how = 'discarded') END AS restorable,
           (SELECT jsonb_agg(jsonb_build_object('state', c.state, 'outcome', c.outcome, 'count', c.n, 'returned', c.returned))
              FROM (SELECT i.state, i.outcome, count(*) AS n, count(i.returned_at) AS returned FROM replay_item i WHERE i.replay_id = r.id
                    GROUP BY i.state, i.outcome) c) AS counts
    FROM replay r WHERE r.id = ANY(${ids}::uuid[])`;
}

type CountedRow = SummaryRow & Pick<ItemCounts, "counts" | "restorable">;

async function readSummaries(db: Database, where: Prisma.Sql, limit: number): Promise<CountedRow[]> {
  const rows = await readRows(db, where, limit);
  const counts = await readItemCounts(db, rows);
  return rows.map((row) => {
    const found = counts.get(row.id);
    return { ...row, counts: found?.counts ?? null, restorable: found?.restorable ?? null };
  });
}

async function readRows(db: Database, where: Prisma.Sql, limit: number): Promise<SummaryRow[]> {
  return db.$queryRaw<SummaryRow[]>`
    SELECT r.id::text, r.kind, r.state, r.queue_id,
           n.name AS namespace, q.entity_path, q.sub_queue, q.origin_path, r.target_path, r.reason,
           r.ticket, r.pause_reason, ${noticeNow} AS notice, r.rate, r.burst, r.total, author.name AS created_by, r.created_at,
           starter.name AS started_by, r.started_at, r.finished_at, r.rate_ceiling, r.approval_needed,
           submitter.name AS submitted_by, r.submitted_at, approver.name AS approved_by, r.approved_at, r.approval_reason,
           decliner.name AS declined_by, r.declined_at, r.decline_reason, r.starts_at, ${holdColumns},
           to_char(r.created_at, 'YYYY-MM-DD"T"HH24:MI:SS.MSZ') || '_' || r.id AS cursor
    FROM replay r
    JOIN queue q ON q.id = r.queue_id
    JOIN namespace n ON n.id = r.namespace_id
    JOIN person author ON author.id = r.created_by
    LEFT JOIN person starter ON starter.id = r.started_by
    LEFT JOIN person submitter ON submitter.id = r.submitted_by
    LEFT JOIN person approver ON approver.id = r.approved_by
    LEFT JOIN person decliner ON decliner.id = r.declined_by
    WHERE ${where}
    ORDER BY r.created_at DESC, r.id DESC
    LIMIT ${limit}`;
}

function toSummary(row: CountedRow): ReplaySummary {
  const items = Object.fromEntries(ITEM_STATES.map((state) => [state, 0])) as Record<ItemState, number>;
  const outcomes = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  let cameBack = 0;
  for (const { state, outcome, count, returned } of row.counts ?? []) {
    items[state] += count;
    cameBack += returned;
    if (outcome !== null) outcomes[outcome] += count;
  }
  return {
    id: row.id,
    kind: row.kind,
    restorable: row.restorable,
    state: row.state,
    queue: {
      id: row.queue_id,
      namespace: row.namespace,
      entityPath: row.entity_path,
      subQueue: row.sub_queue,
      originPath: row.origin_path,
    },
    targetPath: row.target_path,
    reason: row.reason,
    ticket: row.ticket,
    pauseReason: row.pause_reason,
    notice: row.notice,
    rate: row.rate,
    rateCeiling: row.rate_ceiling,
    pace: row.pace,
    hold: toHold(row),
    burst: row.burst,
    total: row.total,
    items,
    outcomes,
    cameBack,
    approval: {
      needed: row.approval_needed,
      submittedBy: row.submitted_by,
      submittedAt: iso(row.submitted_at),
      approvedBy: row.approved_by,
      approvedAt: iso(row.approved_at),
      approvalReason: row.approval_reason,
      declinedBy: row.declined_by,
      declinedAt: iso(row.declined_at),
      declineReason: row.decline_reason,
    },
    startsAt: iso(row.starts_at),
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
    startedBy: row.started_by,
    startedAt: iso(row.started_at),
    finishedAt: iso(row.finished_at),
  };
}

export async function listReplays(
  db: Database,
  query: { state?: ReplayState | undefined; queue?: number | undefined; cursor?: string | undefined; limit: number },
): Promise<{ items: ReplaySummary[]; nextCursor: string | null }> {
  const conditions = [Prisma.sql`TRUE`];
  if (query.state !== undefined) conditions.push(Prisma.sql`r.state = ${query.state}`);
  if (query.queue !== undefined) conditions.push(Prisma.sql`r.queue_id = ${query.queue}`);
  if (query.cursor !== undefined) {
    const [at, id] = query.cursor.split("_");
    conditions.push(Prisma.sql`(r.created_at, r.id) < (${at}::timestamptz, ${id}::uuid)`);
  }
  const rows = await readSummaries(db, Prisma.join(conditions, " AND "), query.limit + 1);
  const page = rows.slice(0, query.limit);
  return { items: page.map(toSummary), nextCursor: rows.length > query.limit ? (page.at(-1)?.cursor ?? null) : null };
}

export async function readReplayDetail(db: Database, replayId: string): Promise<StoredReplayDetail | null> {
  const summary = (await readSummaries(db, Prisma.sql`r.id = ${replayId}::uuid`, 1))[0];
  const row = await db.replay.findUnique({ where: { id: replayId } });
  if (summary === undefined || row === null) return null;
  const { at, liveWorkers } = await readClock(db);
  const selection = row.selection as ReplaySelection;
  const ramp = row.ramp as unknown as Ramp | null;
  const sends = await db.replaySecond.findMany({
    where: { replayId, second: { gt: new Date(at.getTime() - 300_000) } },
    orderBy: { second: "asc" },
  });
  const replay = toSummary(summary);
  const actualRate = rateOfLastSeconds(sends, at, row.resumedAt);
  const progress = await readRampProgress(db, replayId, ramp, at);
  // What it sends now says nothing of what it will send once its ramp is over or what holds it is gone.
  const steady =
    replay.hold === null && progress.step === null && (progress.canary === null || progress.canary.passedAt !== null);
  const left = replay.items.planned + replay.items.claimed;
  return {
    at: at.toISOString(),
    replay,
    selection,
    planHash: row.planHash,
    // Plans of before longest sessions and several business keys were counted have none.
    preflight: {
      longestSession: null,
      businessKeys: [],
      ...(row.preflight as Omit<Preflight, "longestSession" | "businessKeys">),
    },
    messageIdPolicy: row.messageIdPolicy as "preserve" | "new",
    doubtPolicy: row.doubtPolicy as "hold" | "send-again",
    ordered: row.ordered,
    ramp: ramp as ReplayDetail["ramp"],
    ...progress,
    involved: await readInvolved(db, replayId),
    sends: sends.map(({ second, sent }) => ({ second: second.toISOString(), sent })),
    actualRate,
    etaSeconds: row.state === "running" && steady && actualRate !== null && actualRate > 0 ? left / actualRate : null,
    liveWorkers,
    newArrivals: await countNewArrivals(db, row, selection, at),
    returnedIn: await readReturns(db, replayId),
  };
}

/** Over the last ten seconds, or since the start when that is later; the second under way is left out, being half counted. */
function rateOfLastSeconds(
  sends: readonly { second: Date; sent: number }[],
  at: Date,
  resumedAt: Date | null,
): number | null {
  if (resumedAt === null) return null;
  const end = Math.floor(at.getTime() / 1000) * 1000;
  const begin = Math.max(end - 10_000, Math.ceil(resumedAt.getTime() / 1000) * 1000);
  if (end <= begin) return null;
  const sent = sends
    .filter(({ second }) => second.getTime() >= begin && second.getTime() < end)
    .reduce((sum, { sent }) => sum + sent, 0);
  return sent === 0 ? null : sent / ((end - begin) / 1000);
}

/** Copies of this replay that came back are returns, told as such: counted here they would read as new failures. */
async function countNewArrivals(
  db: Database,
  { id, createdAt, knownThrough }: { id: string; createdAt: Date; knownThrough: bigint | null },
  selection: ReplaySelection,
  at: Date,
): Promise<number | null> {
  if (selection.kind !== "filter") return null;
  // Without the age: what has just arrived is young, whatever age was chosen.
  const { age: _age, ...filter } = selection.filter;
  const rows = await db.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM dead_letter d
    WHERE ${matchingDeadLetters(await placeFilter(db, filter), at)} AND d.first_seen_at > ${createdAt.toISOString()}::timestamptz
      -- Read by what is new, not by all that is there.
      AND d.id > ${knownThrough ?? 0n}::bigint
      AND NOT EXISTS (SELECT 1 FROM replay_item i WHERE i.id = d.returned_from AND i.replay_id = ${id}::uuid)`;
  return (rows[0] as { count: number }).count;
}

/** By the stamps of the copies; a copy that was replayed again is the later replay's. */
async function readReturns(db: Database, replayId: string): Promise<ReplayDetail["returnedIn"]> {
  return db.$queryRaw<ReplayDetail["returnedIn"]>`
    SELECT q.id AS "queueId", q.entity_path AS "entityPath", q.sub_queue AS "subQueue", count(*)::int AS count
    FROM replay_item i JOIN dead_letter d ON d.returned_from = i.id JOIN queue q ON q.id = d.queue_id
    WHERE i.replay_id = ${replayId}::uuid AND i.returned_at IS NOT NULL
    GROUP BY q.id ORDER BY count DESC, q.entity_path`;
}

interface ItemRow {
  readonly id: string;
  readonly ordinal: number;
  readonly dead_letter_id: string;
  readonly key: string;
  readonly message_id: string | null;
  readonly sent_message_id: string | null;
  readonly state: ItemState;
  readonly attempt: number;
  readonly edited: boolean;
  readonly error: string | null;
  readonly outcome: Outcome | null;
  readonly intent_at: Date | null;
  readonly sent_at: Date | null;
  readonly settled_at: Date | null;
  readonly returned_at: Date | null;
  readonly returned_as: string | null;
  readonly confirmed_at: Date | null;
  readonly evidence: { readonly at: string; readonly found?: boolean; readonly words?: string } | null;
}

export async function listReplayItems(
  db: Database,
  replayId: string,
  query: { state?: ItemState | undefined; outcome?: Outcome | undefined; cursor?: string | undefined; limit: number },
): Promise<{ items: ReplayItemRow[]; nextCursor: string | null } | null> {
  if ((await db.replay.count({ where: { id: replayId } })) === 0) return null;
  const conditions = [Prisma.sql`i.replay_id = ${replayId}::uuid`];
  if (query.state !== undefined) conditions.push(Prisma.sql`i.state = ${query.state}`);
  if (query.outcome !== undefined) conditions.push(Prisma.sql`i.outcome = ${query.outcome}`);
  if (query.cursor !== undefined) conditions.push(Prisma.sql`i.ordinal > ${Number(query.cursor)}::int`);
  const rows = await db.$queryRaw<ItemRow[]>`
    SELECT i.id::text, i.ordinal, i.dead_letter_id::text, i.key, i.message_id, i.sent_message_id, i.state, i.attempt,
           i.edit_id IS NOT NULL AS edited, i.error, i.outcome, i.intent_at, i.sent_at, i.settled_at, i.returned_at, i.returned_as::text,
           i.confirmed_at, i.evidence
    FROM replay_item i WHERE ${Prisma.join(conditions, " AND ")} ORDER BY i.ordinal LIMIT ${query.limit + 1}`;
  const page = rows.slice(0, query.limit);
  return {
    items: page.map((row) => ({
      id: row.id,
      ordinal: row.ordinal,
      deadLetterId: row.dead_letter_id,
      key: row.key,
      messageId: row.message_id,
      sentMessageId: row.sent_message_id,
      state: row.state,
      attempt: row.attempt,
      edited: row.edited,
      error: row.error,
      outcome: row.outcome,
      intentAt: iso(row.intent_at),
      sentAt: iso(row.sent_at),
      settledAt: iso(row.settled_at),
      returnedAt: iso(row.returned_at),
      returnedAs: row.returned_as,
      confirmedAt: iso(row.confirmed_at),
      evidence: evidenceOf(row.evidence),
    })),
    nextCursor: rows.length > query.limit ? String(page.at(-1)?.ordinal) : null,
  };
}

/**
 * Whoever planned, submitted or edited it: none of them approves it. A correction is made upon those before it, and one of many messages may be
 * saved by another person than wrote it: what any of them wrote may be in what is sent.
 */
export async function readInvolved(db: Database, replayId: string): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT r.created_by::text AS id FROM replay r WHERE r.id = ${replayId}::uuid
    UNION SELECT r.submitted_by::text FROM replay r WHERE r.id = ${replayId}::uuid AND r.submitted_by IS NOT NULL
    UNION SELECT e.created_by::text FROM replay_item i JOIN edit own ON own.id = i.edit_id
        JOIN edit e ON e.dead_letter_id = own.dead_letter_id AND e.version <= own.version
      WHERE i.replay_id = ${replayId}::uuid AND i.state <> 'refused'
    UNION SELECT g.created_by::text FROM replay_item i
        JOIN group_edit_item saved ON saved.dead_letter_id = i.dead_letter_id AND saved.outcome = 'saved'
        JOIN group_edit g ON g.id = saved.group_edit_id
      WHERE i.replay_id = ${replayId}::uuid AND i.state <> 'refused' AND i.edit_id IS NOT NULL`;
  return rows.map(({ id }) => id);
}

/** Null also while the first look is under way. */
function evidenceOf(stored: ItemRow["evidence"]): ReplayItemRow["evidence"] {
  if (stored?.words === undefined) return null;
  return { at: new Date(stored.at).toISOString(), found: stored.found ?? false, words: stored.words };
}
