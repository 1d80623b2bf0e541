import { REFUSAL_TEXTS } from "@/lib/domain/refusals";
import { storableText } from "@/lib/domain/storable-text";
import { J_MS, LEAST_LIFE_MS } from "@/lib/domain/throttle";
import { bareArray, readBare, readBareNumbers } from "./array-text";
import type { ClaimedItem, Claims, Intended, LedgerWindows, LockedIdentity } from "./ports/ledger";
import type { RunStatement, Statement } from "./statement";

/** The fence: one row while the worker's lease is valid and nobody has taken over from it, else none. $1 is the worker. */
const ME =
  "me AS MATERIALIZED (SELECT 1 FROM worker WHERE id = $1 AND ended_at IS NULL AND lease_until > clock_timestamp())";

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const idOrNull = (id: string | null): string | null => (id === null ? null : storableText(id));

export function ledgerWindows(run: RunStatement): LedgerWindows {
  return {
    claim: (request) => claim(run, request),
    intend: (request) => intend(run, request),
    archive: (request) => archive(run, request),
    recordSent: async (workerId, ids) => {
      const [counted] = await run<{ recorded: number }>(RECORD_SENT, [workerId, bare(ids)]);
      if (counted?.recorded === ids.length) return ids;
      return (await run<{ id: string }>(READ_SENT, [workerId, bare(ids)])).map(({ id }) => id);
    },
    close: async (workerId, ids) => {
      await run(CLOSE, [workerId, bare(ids)]);
    },
  };
}

const RECORD_SENT: Statement = {
  name: "ledger-record-sent",
  text: `
    WITH ${ME}, recorded AS (
      UPDATE replay_item i
      SET state = 'sent', sent_at = clock_timestamp(), outcome = coalesce(i.outcome, 'unknown'), doubt = false, judged = false
      FROM me WHERE i.id = ANY($2::uuid[]) AND i.state = 'sending' AND i.worker_id = $1
      RETURNING i.replay_id
    ), counted AS (
      INSERT INTO replay_second AS s (replay_id, second, sent)
      SELECT replay_id, date_trunc('second', statement_timestamp()), count(*) FROM recorded GROUP BY replay_id ORDER BY replay_id
      ON CONFLICT (replay_id, second) DO UPDATE SET sent = s.sent + EXCLUDED.sent
    )
    SELECT count(*)::int AS recorded FROM recorded`,
};

const READ_SENT: Statement = {
  name: "ledger-read-sent",
  text: "SELECT id::text FROM replay_item WHERE id = ANY($2::uuid[]) AND state IN ('sent', 'settled') AND worker_id = $1",
};

const CLOSE: Statement = {
  name: "ledger-close",
  // The scanner may have missed the message first and called it removed: the ledger knows better.
  text: `
    WITH ${ME}, closed AS (
      UPDATE replay_item i SET state = 'settled', settled_at = clock_timestamp()
      FROM me WHERE i.id = ANY($2::uuid[]) AND i.state = 'sent' RETURNING i.id, i.replay_id, i.dead_letter_id
    ), kinds AS MATERIALIZED (
      SELECT r.id, r.kind FROM replay r WHERE r.id = ANY (ARRAY(SELECT DISTINCT c.replay_id FROM closed c))
    ), restored AS (
      -- By their ids alone, as the replays above: a plan that was kept from an empty archive read all of it through for each item.
      UPDATE archive a SET restored_at = clock_timestamp(), restored_item = c.id
      FROM closed c JOIN kinds k ON k.id = c.replay_id AND k.kind = 'restore'
      WHERE a.dead_letter_id = c.dead_letter_id AND a.dead_letter_id = ANY (ARRAY(
        SELECT x.dead_letter_id FROM closed x JOIN kinds y ON y.id = x.replay_id WHERE y.kind = 'restore'))
    )
    UPDATE dead_letter d SET left_at = coalesce(d.left_at, clock_timestamp()),
      left_how = CASE k.kind WHEN 'discard' THEN 'discarded' ELSE 'replayed' END
    FROM closed c JOIN kinds k ON k.id = c.replay_id WHERE d.id = c.dead_letter_id AND k.kind <> 'restore'`,
};

/** Columns as arrays in text, a row for each item that fits a locked message; null where there is none. */
interface MatchColumns {
  readonly ids: string | null;
  /** Places in the messages given, from 1. */
  readonly places: string | null;
  readonly ordinals: string | null;
  readonly attempts: string | null;
  /** Sums of SENT, SAME, MAY_GO and ORDERED. */
  readonly facts: string | null;
  /** Places in `live`, from 1. */
  readonly replays: string | null;
  readonly live: string | null;
  /** By item, where there are such. */
  readonly sessions: Readonly<Record<string, string>> | null;
  readonly edits: Readonly<Record<string, PlannedEdit>> | null;
}

/** The body in base64. */
type PlannedEdit = readonly [body: string | null, properties: NonNullable<ClaimedItem["edit"]>["properties"] | null];

const SENT = 1;
const SAME = 2;
const MAY_GO = 4;
const ORDERED = 8;

const MATCH: Statement = {
  name: "ledger-match",
  // One look into the index a message and replay: a join would rather read all open items of the replay. The answer is columns: a worker
  // would spend more time on taking thousands of values apart than on sending them.
  text: `
    WITH ${ME}, live AS MATERIALIZED (
      SELECT r.id, r.ordered, replay_sends(r) AS sends, replay_last_ordinal(r) AS last_ordinal, row_number() OVER (ORDER BY r.id) AS place
      FROM replay r CROSS JOIN me
      WHERE r.queue_id = $2 AND (r.kind = 'restore') = $8 AND (r.state IN ('running', 'paused')
        OR EXISTS (SELECT 1 FROM replay_item o WHERE o.replay_id = r.id AND o.loose))
    )
    SELECT array_agg(i.id ORDER BY i.position)::text AS ids, array_agg(l.place ORDER BY i.position)::text AS places,
           array_agg(i.ordinal ORDER BY i.position)::text AS ordinals, array_agg(i.attempt + 1 ORDER BY i.position)::text AS attempts,
           array_agg((i.state = 'sent')::int * ${SENT} + i.same::int * ${SAME} + (r.sends AND i.ordinal <= r.last_ordinal)::int * ${MAY_GO}
             + r.ordered::int * ${ORDERED} ORDER BY i.position)::text AS facts,
           array_agg(r.place ORDER BY i.position)::text AS replays, (SELECT array_agg(id ORDER BY place)::text FROM live) AS live,
           json_object_agg(i.id, i.session_id) FILTER (WHERE i.session_id IS NOT NULL) AS sessions,
           json_object_agg(i.id, json_build_array(encode(e.body, 'base64'), e.properties)) FILTER (WHERE e.id IS NOT NULL) AS edits
    FROM unnest($3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::bytea[]) WITH ORDINALITY AS l(position, key, at, message_id, hash, place)
    CROSS JOIN live r
    CROSS JOIN LATERAL (
      SELECT o.id, o.ordinal, o.session_id, o.state, o.attempt, o.edit_id, o.position,
             o.enqueued_at = timestamptz 'epoch' + l.at * interval '1 ms' AND o.message_id IS NOT DISTINCT FROM l.message_id
               AND o.content_hash = l.hash AS same
      FROM replay_item o
      WHERE o.replay_id = r.id AND o.position = l.position AND o.open AND o.key = l.key AND o.state IN ('planned', 'sent')
      OFFSET 0
    ) i
    LEFT JOIN edit e ON e.id = i.edit_id`,
};

/** R9: another message has the number of these now. */
const SET_CHANGED: Statement = {
  name: "ledger-set-changed",
  text: `
    WITH ${ME}
    UPDATE replay_item i
    SET state = CASE WHEN i.state = 'sent' THEN 'settled' WHEN i.doubt THEN 'uncertain' ELSE 'changed' END,
        settled_at = CASE WHEN i.state = 'sent' THEN clock_timestamp() END,
        error = CASE WHEN i.state = 'sent' THEN i.error ELSE 'another message has its number now: neither sent nor removed' END
    FROM me, replay r
    WHERE i.id = ANY($2::uuid[]) AND r.id = i.replay_id AND (i.state = 'sent' OR (i.state = 'planned' AND r.state = 'running'))
    RETURNING i.state`,
};

/**
 * R13: a message of an ordered replay is claimed when all that goes before it in its session has gone, or is in this worker's
 * hands as well.
 */
const CLAIM_ORDERED: Statement = {
  name: "ledger-claim-ordered",
  text: `
    WITH ${ME}, candidates AS MATERIALIZED (
      SELECT i.id FROM replay_item i
      WHERE i.id = ANY($2::uuid[]) AND i.state = 'planned' AND (i.session_id IS NULL OR NOT EXISTS (
        SELECT 1 FROM replay_item e
        WHERE e.replay_id = i.replay_id AND e.session_id = i.session_id AND e.ordinal < i.ordinal AND e.open
          AND e.state IN ('planned', 'claimed', 'sending', 'uncertain')
          AND NOT (e.state IN ('claimed', 'sending') AND e.worker_id = $1)
          AND NOT (e.id = ANY($2::uuid[]) AND e.state = 'planned')))
    )
    UPDATE replay_item i SET state = 'claimed', worker_id = $1
    FROM candidates c, me WHERE i.id = c.id AND i.state = 'planned'
    RETURNING i.id::text`,
};

async function claim(run: RunStatement, request: Parameters<LedgerWindows["claim"]>[0]): Promise<Claims> {
  const { workerId, queueId, locked, mayOrder } = request;
  const [columns] = await run<MatchColumns>(MATCH, [
    workerId,
    queueId,
    bareArray(locked, ({ position }) => position.toString()),
    locked.map(({ key }) => key),
    bareArray(locked, ({ enqueuedAt }) => enqueuedAt.getTime()),
    locked.map(({ messageId }) => idOrNull(messageId)),
    locked.map(({ contentHash }) => contentHash),
    request.from === "archive",
  ]);
  const matches = readMatches(columns as MatchColumns, locked);
  const others = matches.filter(({ facts }) => (facts & SAME) === 0).map(({ item }) => item.id);
  const changed = others.length === 0 ? [] : await run<{ state: string }>(SET_CHANGED, [workerId, bare(others)]);
  const candidates = matches.filter(({ facts }) => (facts & (SAME | SENT | MAY_GO)) === (SAME | MAY_GO));
  const ordered = candidates.filter(({ facts }) => (facts & ORDERED) !== 0).map(({ item }) => item.id);
  const claimed =
    ordered.length === 0 || !mayOrder
      ? new Set<string>()
      : new Set((await run<{ id: string }>(CLAIM_ORDERED, [workerId, bare(ordered)])).map(({ id }) => id));
  return {
    claimed: candidates
      .filter(({ item, facts }) => (facts & ORDERED) === 0 || claimed.has(item.id))
      .map(({ item }) => item),
    sent: matches
      .filter(({ facts }) => (facts & (SAME | SENT)) === (SAME | SENT))
      .map(({ item: { id, key } }) => ({ id, key })),
    changed: changed.filter(({ state }) => state !== "settled").length,
  };
}

interface Match {
  readonly item: ClaimedItem;
  readonly facts: number;
}

function readMatches(columns: MatchColumns, locked: readonly LockedIdentity[]): Match[] {
  const [places, ordinals, attempts] = [columns.places, columns.ordinals, columns.attempts].map(readBareNumbers);
  const [facts, replays] = [columns.facts, columns.replays].map(readBareNumbers);
  const live = readBare(columns.live);
  return readBare(columns.ids).map((id, n) => {
    const edit = columns.edits?.[id];
    return {
      item: {
        id,
        replayId: live[(replays?.[n] as number) - 1] as string,
        ordinal: ordinals?.[n] as number,
        key: (locked[(places?.[n] as number) - 1] as LockedIdentity).key,
        sessionId: columns.sessions?.[id] ?? null,
        attempt: attempts?.[n] as number,
        edit: edit === undefined ? null : { body: bodyOf(edit), properties: edit[1] ?? [] },
      },
      facts: facts?.[n] as number,
    };
  });
}

const bodyOf = ([body]: PlannedEdit): Uint8Array | null => (body === null ? null : Buffer.from(body, "base64"));

const bare = (ids: readonly string[]): string => bareArray(ids, (id) => id);

interface IntendRow {
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
    ), known AS MATERIALIZED (
      SELECT coalesce(
        (SELECT nullif(t.settings -> 'duplicateDetection', 'null'::jsonb) FROM target t, running r
         WHERE t.namespace_id = r.namespace_id AND lower(t.path) = lower(r.target_path) AND t.vanished_at IS NULL LIMIT 1),
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
                AND q.entity_kind = 'subscription') AS reaches_nobody
      FROM known k
    ), checked AS MATERIALIZED (
      SELECT g.n, g.attempt, g.message_id, g.hash, i.id, i.doubt, CASE
        WHEN t.reaches_nobody THEN ${literal(REFUSAL_TEXTS["no-subscription"])}
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
        AND (i.worker_id IS NULL OR i.worker_id = $1) AND f.id <> ALL (late.ids)
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

async function intend(run: RunStatement, request: Parameters<LedgerWindows["intend"]>[0]): Promise<Intended> {
  const { intents } = request;
  const [row] = await run<IntendRow>(INTEND, [
    request.workerId,
    request.replayId,
    request.scopes,
    bareArray(intents, ({ id }) => id),
    bareArray(intents, ({ attempt }) => attempt),
    intents.map(({ messageId }) => idOrNull(messageId)),
    intents.map(({ hash }) => hash),
    bareArray(intents, ({ expiresAt }) => expiresAt?.getTime() ?? null),
    request.sendTimeoutMs,
  ]);
  const { allowed, granted, retry_ms, life_ms, last_life_ms, intended, fit } = row as IntendRow;
  const stays = new Set(readBareNumbers(fit));
  return {
    allowed,
    granted,
    retryMs: retry_ms,
    lifeMs: life_ms,
    lastLifeMs: last_life_ms,
    ids: readBareNumbers(intended).map((n) => (intents[n - 1] as { id: string }).id),
    dropped: intents.filter((_, n) => !stays.has(n + 1)).map(({ id }) => id),
  };
}

interface ArchiveRow extends Omit<IntendRow, "intended"> {
  readonly archived: string | null;
}

/**
 * Keeps the bytes of messages that are to be discarded, and says so in the ledger, in one statement: what stands for the send of a
 * replay cannot be in doubt here. Permits are those of the discard alone, since nothing is sent.
 */
const ARCHIVE: Statement = {
  name: "ledger-archive",
  text: `
    WITH ${ME}, given AS (
      SELECT * FROM unnest($4::uuid[], $5::int[], $6::bytea[], $7::bytea[]) WITH ORDINALITY AS g(id, attempt, hash, encoded, n)
    ), running AS MATERIALIZED (
      SELECT r.id, replay_last_ordinal(r) AS last_ordinal FROM replay r CROSS JOIN me
      WHERE r.id = $2 AND r.kind = 'discard' AND replay_sends(r)
    ), fit AS MATERIALIZED (
      SELECT g.*, row_number() OVER (ORDER BY g.n) AS place FROM given g CROSS JOIN running r
      CROSS JOIN LATERAL (SELECT o.* FROM replay_item o WHERE o.id = g.id OFFSET 0) i
      WHERE i.replay_id = r.id AND i.attempt = g.attempt - 1 AND i.ordinal <= r.last_ordinal AND i.state = 'planned'
    ), permits AS MATERIALIZED (
      SELECT p.granted, p.retry_ms, p.life_ms, p.last_life_ms FROM take_permits($3::text[], (SELECT count(*)::int FROM fit), ${J_MS}, ${LEAST_LIFE_MS}) p
    ), archived AS (
      UPDATE replay_item i
      SET state = 'sent', worker_id = $1, attempt = f.attempt, sent_hash = f.hash, intent_at = clock_timestamp(),
          first_intent_at = coalesce(i.first_intent_at, clock_timestamp()), sent_at = clock_timestamp(), error = NULL
      FROM fit f CROSS JOIN permits p
      WHERE i.id = f.id AND f.place <= p.granted AND i.attempt = f.attempt - 1 AND i.state = 'planned'
        AND (i.worker_id IS NULL OR i.worker_id = $1)
      RETURNING i.id, i.dead_letter_id, f.n, f.hash, f.encoded
    ), contents AS (
      INSERT INTO dead_letter_content (dead_letter_id, encoded) SELECT a.dead_letter_id, a.encoded FROM archived a
      ON CONFLICT (dead_letter_id) DO UPDATE SET encoded = EXCLUDED.encoded
    ), kept AS (
      INSERT INTO archive (dead_letter_id, item_id, replay_id, hash, archived_at)
      SELECT a.dead_letter_id, a.id, $2, a.hash, clock_timestamp() FROM archived a
      ON CONFLICT (dead_letter_id) DO UPDATE SET item_id = EXCLUDED.item_id, replay_id = EXCLUDED.replay_id, hash = EXCLUDED.hash,
        archived_at = EXCLUDED.archived_at, restored_at = NULL, restored_item = NULL
    ), counted AS (
      INSERT INTO replay_second AS s (replay_id, second, sent)
      SELECT $2, date_trunc('second', statement_timestamp()), count(*) FROM archived HAVING count(*) > 0
      ON CONFLICT (replay_id, second) DO UPDATE SET sent = s.sent + EXCLUDED.sent
    )
    SELECT EXISTS (SELECT 1 FROM running) AS allowed, p.granted, p.retry_ms, p.life_ms, p.last_life_ms,
           (SELECT array_agg(x.n ORDER BY x.n)::text FROM archived x) AS archived,
           (SELECT array_agg(f.n)::text FROM fit f) AS fit
    FROM permits p`,
};

async function archive(run: RunStatement, request: Parameters<LedgerWindows["archive"]>[0]): Promise<Intended> {
  const { originals } = request;
  const [row] = await run<ArchiveRow>(ARCHIVE, [
    request.workerId,
    request.replayId,
    request.scopes,
    bareArray(originals, ({ id }) => id),
    bareArray(originals, ({ attempt }) => attempt),
    originals.map(({ hash }) => hash),
    originals.map(({ encoded }) => encoded),
  ]);
  const { allowed, granted, retry_ms, life_ms, last_life_ms, archived, fit } = row as ArchiveRow;
  const stays = new Set(readBareNumbers(fit));
  return {
    allowed,
    granted,
    retryMs: retry_ms,
    lifeMs: life_ms,
    lastLifeMs: last_life_ms,
    ids: readBareNumbers(archived).map((n) => (originals[n - 1] as { id: string }).id),
    dropped: originals.filter((_, n) => !stays.has(n + 1)).map(({ id }) => id),
  };
}
