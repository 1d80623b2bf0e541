import { REFUSAL_TEXTS } from "@/lib/domain/refusals";
import { storableText } from "@/lib/domain/storable-text";
import { COLLECT_MS } from "@/lib/domain/throttle";
import type { Database } from "./database";
import { given, me } from "./ledger-fence";
import { ledgerUpkeep } from "./ledger-upkeep";
import type { ClaimedItem, Claims, Intended, LedgerStore } from "./ports/ledger";

const base64 = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
const written = (rows: { id: string }[]) => rows.map(({ id }) => id);

export function ledgerStore(db: Database): LedgerStore {
  return {
    ...ledgerUpkeep(db),
    claim: (request) => claim(db, request),
    intend: (request) => intend(db, request),

    recordSent: async (workerId, ids) =>
      written(
        await db.$queryRaw`
          WITH ${me(workerId)}, ${given(ids)}, recorded AS (
            UPDATE replay_item i
            SET state = 'sent', sent_at = clock_timestamp(), outcome = coalesce(i.outcome, 'unknown'), doubt = false, judged = false
            FROM given g, me WHERE i.id = g.id AND i.state = 'sending' AND i.worker_id = ${workerId}::uuid
            RETURNING i.id, i.replay_id
          ), counted AS (
            INSERT INTO replay_second AS s (replay_id, second, sent)
            SELECT replay_id, date_trunc('second', statement_timestamp()), count(*) FROM recorded GROUP BY replay_id ORDER BY replay_id
            ON CONFLICT (replay_id, second) DO UPDATE SET sent = s.sent + EXCLUDED.sent
          )
          SELECT id::text FROM recorded
          UNION SELECT i.id::text FROM replay_item i JOIN given g ON g.id = i.id
          WHERE i.state IN ('sent', 'settled') AND i.worker_id = ${workerId}::uuid`,
      ),

    recordDoubt: async (workerId, ids, error, holdMs) =>
      written(
        await db.$queryRaw`
          WITH ${me(workerId)}, ${given(ids)}
          UPDATE replay_item i
          SET state = 'uncertain', doubt = true, error = ${error},
              judge_after = clock_timestamp() + make_interval(secs => ${holdMs / 1000}::float8)
          FROM given g, me WHERE i.id = g.id AND i.state = 'sending' AND i.worker_id = ${workerId}::uuid
          RETURNING i.id::text`,
      ),

    endHold: async (workerId, ids) => {
      await db.$executeRaw`
        WITH ${me(workerId)}, ${given(ids)}
        UPDATE replay_item i SET judge_after = clock_timestamp()
        FROM given g, me WHERE i.id = g.id AND i.state = 'uncertain' AND i.worker_id = ${workerId}::uuid`;
    },

    release: async (workerId, ids) => {
      // A replay that was cancelled meanwhile wants its items cancelled, not planned: they would hold their claim for ever.
      await db.$executeRaw`
        WITH ${me(workerId)}, ${given(ids)}
        UPDATE replay_item i
        SET state = CASE WHEN r.state IN ('running', 'paused') THEN 'planned' WHEN i.doubt THEN 'uncertain' ELSE 'cancelled' END,
            worker_id = NULL, first_intent_at = CASE WHEN i.doubt THEN i.first_intent_at END
        FROM given g, me, replay r
        WHERE i.id = g.id AND r.id = i.replay_id AND i.state IN ('claimed', 'sending') AND i.worker_id = ${workerId}::uuid`;
    },

    retract: async (workerId, ids) =>
      written(
        await db.$queryRaw`
          WITH ${me(workerId)}, ${given(ids)}, retracted AS (
            UPDATE replay_item i SET state = 'claimed', first_intent_at = CASE WHEN i.doubt THEN i.first_intent_at END
            FROM given g, me, replay r
            WHERE i.id = g.id AND r.id = i.replay_id AND r.state = 'running' AND i.state = 'sending'
              AND i.worker_id = ${workerId}::uuid
            RETURNING i.id
          )
          SELECT id::text FROM retracted
          UNION SELECT i.id::text FROM replay_item i JOIN given g ON g.id = i.id
          WHERE i.state = 'claimed' AND i.worker_id = ${workerId}::uuid`,
      ),

    releaseStrays: async (workerId, queueId, known) => {
      await db.$executeRaw`
        WITH ${me(workerId)}, ${given(known)}
        UPDATE replay_item i
        SET state = CASE WHEN r.state IN ('running', 'paused') THEN 'planned' WHEN i.doubt THEN 'uncertain' ELSE 'cancelled' END,
            worker_id = NULL
        FROM me, replay r
        WHERE r.id = i.replay_id AND r.queue_id = ${queueId} AND i.state = 'claimed' AND i.worker_id = ${workerId}::uuid
          AND i.id NOT IN (SELECT g.id FROM given g)`;
    },

    recordFailed: async (workerId, ids, error) => {
      await db.$executeRaw`
        WITH ${me(workerId)}, ${given(ids)}
        UPDATE replay_item i SET state = 'failed', error = ${error}
        FROM given g, me WHERE i.id = g.id AND i.state IN ('claimed', 'sending') AND i.worker_id = ${workerId}::uuid`;
    },

    close: async (workerId, ids) => {
      // The scanner may have missed the message first and called it removed: the ledger knows better.
      await db.$executeRaw`
        WITH ${me(workerId)}, ${given(ids)}, closed AS (
          UPDATE replay_item i SET state = 'settled', settled_at = clock_timestamp()
          FROM given g, me WHERE i.id = g.id AND i.state = 'sent' RETURNING i.dead_letter_id
        )
        UPDATE dead_letter d SET left_at = coalesce(d.left_at, clock_timestamp()), left_how = 'replayed'
        FROM closed c WHERE d.id = c.dead_letter_id`;
    },
  };
}

interface ClaimRow {
  readonly kind: "claimed" | "sent" | "changed";
  readonly id: string;
  readonly replay_id: string;
  readonly ordinal: number;
  readonly key: string;
  readonly session_id: string | null;
  readonly attempt: number;
  readonly edited: boolean;
  readonly body: string | null;
  readonly properties: NonNullable<ClaimedItem["edit"]>["properties"] | null;
}

async function claim(db: Database, request: Parameters<LedgerStore["claim"]>[0]): Promise<Claims> {
  const locked = request.locked.map((message) => ({
    key: message.key,
    at: message.enqueuedAt.toISOString(),
    message_id: message.messageId === null ? null : storableText(message.messageId),
    hash: base64(message.contentHash),
  }));
  const rows = await db.$queryRaw<ClaimRow[]>`
    WITH ${me(request.workerId)}, locked AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(locked)}::jsonb) AS l(key text, at timestamptz, message_id text, hash text)
    ), open AS MATERIALIZED (
      SELECT i.id, i.replay_id, i.ordinal, i.position, i.key, i.session_id, i.state, r.state AS replay_state, r.ordered,
             (i.enqueued_at = l.at::timestamptz(3) AND i.message_id IS NOT DISTINCT FROM l.message_id
              AND i.content_hash = decode(l.hash, 'base64')) AS same
      FROM locked l
      JOIN replay_item i ON i.key = l.key AND i.state IN ('planned', 'sent')
      JOIN replay r ON r.id = i.replay_id AND r.queue_id = ${request.queueId}
      CROSS JOIN me
    ), changed AS (
      UPDATE replay_item i SET state = CASE WHEN i.doubt THEN 'uncertain' ELSE 'changed' END,
        error = 'another message has its number now: neither sent nor removed'
      FROM open o WHERE i.id = o.id AND NOT o.same AND o.replay_state = 'running' AND i.state = 'planned'
      RETURNING i.id
    ), replaced AS (
      UPDATE replay_item i SET state = 'settled', settled_at = clock_timestamp()
      FROM open o WHERE i.id = o.id AND NOT o.same AND i.state = 'sent'
    ), candidates AS MATERIALIZED (
      SELECT o.id FROM open o
      WHERE o.same AND o.state = 'planned' AND o.replay_state = 'running'
        AND (NOT o.ordered OR (${request.mayOrder}::boolean AND (o.session_id IS NULL OR NOT EXISTS (
          SELECT 1 FROM replay_item e
          WHERE e.replay_id = o.replay_id AND e.session_id = o.session_id AND e.ordinal < o.ordinal
            AND e.state IN ('planned', 'claimed', 'sending', 'uncertain')
            AND NOT (e.state IN ('claimed', 'sending') AND e.worker_id = ${request.workerId}::uuid)
            AND NOT EXISTS (SELECT 1 FROM open b WHERE b.id = e.id AND b.same AND b.state = 'planned')))))

    ), claimed AS (
      UPDATE replay_item i SET state = 'claimed', worker_id = ${request.workerId}::uuid
      FROM candidates c WHERE i.id = c.id AND i.state = 'planned'
      RETURNING i.id, i.replay_id, i.ordinal, i.position, i.key, i.session_id, i.attempt, i.edit_id
    )
    SELECT 'claimed' AS kind, c.id::text, c.replay_id::text, c.ordinal, c.key, c.session_id, c.attempt + 1 AS attempt,
           e.id IS NOT NULL AS edited, encode(e.body, 'base64') AS body, e.properties, c.position
    FROM claimed c LEFT JOIN edit e ON e.id = c.edit_id
    UNION ALL
    SELECT 'sent', o.id::text, o.replay_id::text, o.ordinal, o.key, NULL, 0, false, NULL, NULL, o.position
    FROM open o WHERE o.same AND o.state = 'sent'
    UNION ALL
    SELECT 'changed', x.id::text, NULL, 0, NULL, NULL, 0, false, NULL, NULL, 0 FROM changed x
    ORDER BY position`;
  return {
    claimed: rows.filter(({ kind }) => kind === "claimed").map(toClaimed),
    sent: rows.filter(({ kind }) => kind === "sent").map(({ id, key }) => ({ id, key })),
    changed: rows.filter(({ kind }) => kind === "changed").length,
  };
}

function toClaimed(row: ClaimRow): ClaimedItem {
  return {
    id: row.id,
    replayId: row.replay_id,
    ordinal: row.ordinal,
    key: row.key,
    sessionId: row.session_id,
    attempt: row.attempt,
    edit: row.edited
      ? { body: row.body === null ? null : Buffer.from(row.body, "base64"), properties: row.properties ?? [] }
      : null,
  };
}

interface IntendRow {
  readonly allowed: boolean;
  readonly granted: number;
  readonly retry_ms: number;
  readonly ids: string[] | null;
  readonly dropped: string[] | null;
}

/**
 * Checks again what the plan checked (R10), takes permits and commits the intents of as many, in one statement: were
 * it two, a permit could age, or an intent be committed that may not be sent.
 */
async function intend(db: Database, request: Parameters<LedgerStore["intend"]>[0]): Promise<Intended> {
  const intents = request.intents.map((intent, n) => ({
    n,
    id: intent.id,
    attempt: intent.attempt,
    message_id: intent.messageId === null ? null : storableText(intent.messageId),
    hash: base64(intent.hash),
  }));
  const rows = await db.$queryRaw<IntendRow[]>`
    WITH ${me(request.workerId)}, given AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(intents)}::jsonb) AS g(n int, id uuid, attempt int, message_id text, hash text)
    ), running AS MATERIALIZED (
      SELECT r.* FROM replay r CROSS JOIN me WHERE r.id = ${request.replayId}::uuid AND r.state = 'running'
    ), target AS MATERIALIZED (
      SELECT t.detection, CASE WHEN t.detection IS NULL THEN 604800 WHEN (t.detection ->> 'enabled')::boolean
               THEN (t.detection ->> 'windowSeconds')::float8 ELSE 0 END AS worst_window,
             CASE WHEN (t.detection ->> 'enabled')::boolean THEN (t.detection ->> 'windowSeconds')::float8 ELSE 0 END AS sure_window,
             (SELECT count(*) FILTER (WHERE q.vanished_at IS NULL AND q.rules IS DISTINCT FROM '[]'::jsonb) = 0 AND count(*) > 0
              FROM queue q, running r WHERE q.namespace_id = r.namespace_id AND lower(q.origin_path) = lower(r.target_path)
                AND q.entity_kind = 'subscription') AS reaches_nobody
      FROM (SELECT (SELECT nullif(q.settings -> 'duplicateDetection', 'null'::jsonb) FROM queue q, running r
                    WHERE q.namespace_id = r.namespace_id AND lower(q.origin_path) = lower(r.target_path)
                      AND q.vanished_at IS NULL AND q.settings IS NOT NULL
                    ORDER BY q.settings_read_at DESC NULLS LAST LIMIT 1) AS detection) t
    ), checked AS MATERIALIZED (
      SELECT g.n, i.id, CASE
        WHEN t.reaches_nobody THEN ${REFUSAL_TEXTS["no-subscription"]}::text
        WHEN d.expires_at <= clock_timestamp() THEN ${REFUSAL_TEXTS.expired}::text
        WHEN i.doubt AND NOT i.judged AND r.doubt_policy <> 'send-again' AND NOT (i.sent_message_id = g.message_id
          AND i.first_intent_at + make_interval(secs => t.sure_window) > clock_timestamp() + make_interval(secs => ${request.sendTimeoutMs / 1000}::float8))
          THEN 'an earlier copy may have arrived, and the target would no longer recognise a second one'
        WHEN NOT i.doubt AND r.message_id_policy = 'preserve' AND t.worst_window > 0 AND i.message_id IS NOT NULL AND (
          i.enqueued_at > clock_timestamp() - make_interval(secs => t.worst_window)
          OR EXISTS (SELECT 1 FROM replay_item s JOIN replay sr ON sr.id = s.replay_id
                     WHERE s.sent_message_id = i.message_id AND s.id <> i.id AND sr.namespace_id = r.namespace_id
                       AND lower(sr.target_path) = lower(r.target_path)
                       AND s.intent_at > clock_timestamp() - make_interval(secs => t.worst_window))
        ) THEN ${REFUSAL_TEXTS["id-in-window"]}::text
      END AS problem
      FROM given g
      JOIN replay_item i ON i.id = g.id
      JOIN running r ON r.id = i.replay_id
      JOIN dead_letter d ON d.id = i.dead_letter_id
      CROSS JOIN target t
      WHERE i.state = 'claimed' AND i.worker_id = ${request.workerId}::uuid
      ORDER BY g.n FOR UPDATE OF i
    ), fit AS MATERIALIZED (
      SELECT c.id, row_number() OVER (ORDER BY c.n) AS place FROM checked c WHERE c.problem IS NULL
    ), permits AS MATERIALIZED (
      SELECT p.granted, p.retry_ms FROM take_permits(
        ARRAY(SELECT jsonb_array_elements_text(${JSON.stringify(request.scopes)}::jsonb)),
        (SELECT count(*)::int FROM fit), ${COLLECT_MS}::float8) p
    ), intended AS (
      UPDATE replay_item i
      SET state = 'sending', attempt = g.attempt, sent_message_id = g.message_id, sent_hash = decode(g.hash, 'base64'),
          intent_at = clock_timestamp(), first_intent_at = coalesce(i.first_intent_at, clock_timestamp()), error = NULL
      FROM fit f JOIN given g ON g.id = f.id CROSS JOIN permits p
      WHERE i.id = f.id AND f.place <= p.granted
      RETURNING g.n, i.id
    ), dropped AS (
      UPDATE replay_item i SET state = CASE WHEN i.doubt THEN 'uncertain' ELSE 'refused' END, error = c.problem, worker_id = NULL
      FROM checked c WHERE i.id = c.id AND c.problem IS NOT NULL
      RETURNING i.id
    )
    SELECT EXISTS (SELECT 1 FROM running) AS allowed, p.granted, p.retry_ms,
           (SELECT jsonb_agg(x.id ORDER BY x.n) FROM intended x) AS ids, (SELECT jsonb_agg(x.id) FROM dropped x) AS dropped
    FROM permits p`;
  const row = rows[0] as IntendRow;
  return {
    allowed: row.allowed,
    granted: row.granted,
    retryMs: row.retry_ms,
    ids: row.ids ?? [],
    dropped: row.dropped ?? [],
  };
}
