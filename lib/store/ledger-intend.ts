import { REFUSAL_TEXTS } from "@/lib/domain/refusals";
import { storableText } from "@/lib/domain/storable-text";
import { J_MS, LEAST_LIFE_MS } from "@/lib/domain/throttle";
import { bareArray, readBareNumbers } from "./array-text";
import { byteaArray, textArray } from "./binary-arrays";
import { HAS_ARRIVED } from "./has-arrived";
import { ME } from "./ledger-fence";
import type { Intended, LedgerWindows } from "./ports/ledger";
import type { RunStatement, Statement } from "./statement";

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export interface IntendRow {
  readonly allowed: boolean;
  readonly granted: number;
  readonly retry_ms: number;
  readonly life_ms: number;
  readonly last_life_ms: number;
  /** Places in the arrays given, from 1; arrays in text. */
  readonly intended: string | null;
  readonly fit: string | null;
}

/**
 * Checks again what the plan checked (R10), takes permits and commits the intents of as many, in one statement: were
 * it two, a permit could age, or an intent be committed that may not be sent. An item that somebody else has moved between
 * check and intent costs its permit and nothing more: the update looks at its state and attempt once more. So does one whose id another
 * replay has sent meanwhile; asked for again, it is refused.
 */
const INTEND: Statement = {
  name: "ledger-intend",
  text: `
    WITH ${ME}, given AS (
      SELECT * FROM unnest($4::uuid[], $5::int[], $6::text[], $7::bytea[], $8::bigint[])
        WITH ORDINALITY AS g(id, attempt, message_id, hash, expires, n)
    ), running AS MATERIALIZED (
      SELECT r.id, r.namespace_id, r.target_path, r.ordered, r.message_id_policy, r.doubt_policy, r.expiry_policy,
             replay_last_ordinal(r) AS last_ordinal
      FROM replay r CROSS JOIN me WHERE r.id = $2 AND replay_sends(r)
    ), listed AS MATERIALIZED (
      SELECT t.kind, t.settings FROM target t, running r
      WHERE t.namespace_id = r.namespace_id AND lower(t.path) = lower(r.target_path) AND t.vanished_at IS NULL LIMIT 1
    ), known AS MATERIALIZED (
      SELECT coalesce(
        (SELECT nullif(l.settings -> 'duplicateDetection', 'null'::jsonb) FROM listed l),
        (SELECT nullif(q.settings -> 'duplicateDetection', 'null'::jsonb) FROM queue q, running r
         WHERE q.namespace_id = r.namespace_id AND lower(q.origin_path) = lower(r.target_path)
           AND q.vanished_at IS NULL AND q.settings IS NOT NULL
         ORDER BY q.settings_read_at DESC NULLS LAST LIMIT 1)) AS detection
    ), target AS MATERIALIZED (
      SELECT CASE WHEN k.detection IS NULL THEN 604800 WHEN (k.detection ->> 'enabled')::boolean
               THEN (k.detection ->> 'windowSeconds')::float8 ELSE 0 END AS worst_window,
             CASE WHEN (k.detection ->> 'enabled')::boolean THEN (k.detection ->> 'windowSeconds')::float8 ELSE 0 END AS sure_window,
             (SELECT count(*) FILTER (WHERE q.vanished_at IS NULL AND q.rules IS DISTINCT FROM '[]'::jsonb) = 0 AND count(*) > 0
              FROM queue q, running r WHERE q.namespace_id = r.namespace_id AND lower(q.origin_path) = lower(r.target_path)
                AND q.entity_kind = 'subscription') AS reaches_nobody,
             -- Of a topic the subscriptions are asked before, copy by copy.
             EXISTS (SELECT 1 FROM listed l WHERE l.kind = 'queue' AND (l.settings ->> 'requiresSession')::boolean) AS wants_session
      FROM known k
    ), checked AS MATERIALIZED (
      SELECT g.n, g.attempt, g.message_id, g.hash, i.id, i.doubt, CASE
        WHEN i.doubt AND ${HAS_ARRIVED} THEN 'an earlier copy has arrived'
        WHEN t.reaches_nobody THEN ${literal(REFUSAL_TEXTS["no-subscription"])}
        WHEN t.wants_session AND i.session_id IS NULL THEN ${literal(REFUSAL_TEXTS["no-session"])}
        WHEN r.expiry_policy = 'keep' AND timestamptz 'epoch' + g.expires * interval '1 ms' <= clock_timestamp() THEN ${literal(REFUSAL_TEXTS.expired)}
        WHEN i.doubt AND NOT i.judged AND r.doubt_policy <> 'send-again' AND NOT (i.sent_message_id = g.message_id
          AND i.first_intent_at + make_interval(secs => t.sure_window) > clock_timestamp() + make_interval(secs => $9::float8 / 1000))
          THEN 'an earlier copy may have arrived, and the target would no longer recognise a second one'
        WHEN NOT i.doubt AND r.message_id_policy = 'preserve' AND t.worst_window > 0 AND i.message_id IS NOT NULL AND (
          i.enqueued_at > clock_timestamp() - make_interval(secs => t.worst_window)
          OR EXISTS (SELECT 1 FROM replay_item s JOIN replay sr ON sr.id = s.replay_id
                     WHERE (s.message_id = i.message_id OR s.id = item_of_sent_id(i.message_id)) AND s.sent_message_id = i.message_id
                       AND s.id <> i.id AND sr.namespace_id = r.namespace_id AND lower(sr.target_path) = lower(r.target_path)
                       AND s.intent_at > clock_timestamp() - make_interval(secs => t.worst_window))
        ) THEN ${literal(REFUSAL_TEXTS["id-in-window"])}
      END AS problem
      FROM given g CROSS JOIN running r CROSS JOIN target t
      -- By its id alone: a plan that was kept from a smaller table might read a whole replay for each.
      CROSS JOIN LATERAL (SELECT o.* FROM replay_item o WHERE o.id = g.id OFFSET 0) i
      WHERE i.replay_id = r.id AND i.attempt = g.attempt - 1 AND i.ordinal <= r.last_ordinal
        AND CASE WHEN r.ordered THEN i.state = 'claimed' AND i.worker_id = $1 ELSE i.state = 'planned' END
        -- R13: one before it in its session may have been given back since this one was claimed.
        AND NOT (r.ordered AND i.session_id IS NOT NULL AND EXISTS (
          SELECT 1 FROM replay_item e WHERE e.replay_id = i.replay_id AND e.session_id = i.session_id AND e.ordinal < i.ordinal
            AND e.open AND e.state <> 'sent'))
    ), fit AS MATERIALIZED (
      SELECT c.*, row_number() OVER (ORDER BY c.n) AS place FROM checked c WHERE c.problem IS NULL
    ), permits AS MATERIALIZED (
      SELECT p.granted, p.retry_ms, p.life_ms, p.last_life_ms FROM take_permits($3::text[], (SELECT count(*)::int FROM fit), ${J_MS}, ${LEAST_LIFE_MS}) p
    ), late AS MATERIALIZED (
      -- Another replay's intent may have been committed since this statement began: the permits were waited for.
      SELECT CASE WHEN p.granted > 0 AND r.message_id_policy = 'preserve' AND t.worst_window > 0 THEN items_lately_sent(
        ARRAY(SELECT f.id FROM fit f WHERE f.place <= p.granted AND NOT f.doubt), r.namespace_id, r.target_path, t.worst_window)
        ELSE '{}'::uuid[] END AS ids
      FROM permits p CROSS JOIN running r CROSS JOIN target t
    ), intended AS (
      UPDATE replay_item i
      SET state = 'sending', worker_id = $1, attempt = f.attempt, sent_message_id = f.message_id, sent_hash = f.hash,
          intent_at = clock_timestamp(), first_intent_at = coalesce(i.first_intent_at, clock_timestamp()), error = NULL
      FROM fit f CROSS JOIN permits p CROSS JOIN late
      WHERE i.id = f.id AND f.place <= p.granted AND i.attempt = f.attempt - 1 AND i.state IN ('planned', 'claimed')
        AND (i.worker_id IS NULL OR i.worker_id = $1) AND f.id <> ALL (late.ids) AND NOT (i.doubt AND ${HAS_ARRIVED})
      RETURNING f.n
    ), dropped AS (
      UPDATE replay_item i SET state = CASE WHEN i.doubt THEN 'uncertain' ELSE 'refused' END, error = c.problem, worker_id = NULL
      FROM checked c WHERE i.id = ANY (ARRAY(SELECT x.id FROM checked x WHERE x.problem IS NOT NULL)) AND i.id = c.id AND i.attempt = c.attempt - 1 AND i.state IN ('planned', 'claimed')
    )
    SELECT EXISTS (SELECT 1 FROM running) AS allowed, p.granted, p.retry_ms, p.life_ms, p.last_life_ms,
           (SELECT array_agg(x.n ORDER BY x.n)::text FROM intended x) AS intended,
           (SELECT array_agg(f.n)::text FROM fit f) AS fit
    FROM permits p`,
};

/** Commits the intents of as many copies as there are permits for; nothing may be sent without it (R2, R6, R10). */
export async function intend(run: RunStatement, request: Parameters<LedgerWindows["intend"]>[0]): Promise<Intended> {
  const { intents } = request;
  const [row] = await run<IntendRow>(INTEND, [
    request.workerId,
    request.replayId,
    request.scopes,
    bareArray(intents, ({ id }) => id),
    bareArray(intents, ({ attempt }) => attempt),
    textArray(intents, ({ messageId }) => (messageId === null ? null : storableText(messageId))),
    byteaArray(intents, ({ hash }) => hash),
    bareArray(intents, ({ expiresAt }) => expiresAt?.getTime() ?? null),
    request.sendTimeoutMs,
  ]);
  return readIntended(row as IntendRow, intents);
}

/** Reads the answer of a statement that intends; its places are those of `asked`. */
export function readIntended(row: IntendRow, asked: readonly { readonly id: string }[]): Intended {
  const stays = new Set(readBareNumbers(row.fit));
  return {
    allowed: row.allowed,
    granted: row.granted,
    retryMs: row.retry_ms,
    lifeMs: row.life_ms,
    lastLifeMs: row.last_life_ms,
    ids: readBareNumbers(row.intended).map((n) => (asked[n - 1] as { id: string }).id),
    dropped: asked.filter((_, n) => !stays.has(n + 1)).map(({ id }) => id),
  };
}
