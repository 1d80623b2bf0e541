import { storableText } from "@/lib/domain/storable-text";
import { bareArray, bareIds, readBare, readBareNumbers } from "./array-text";
import { byteaArray, textArray } from "./binary-arrays";
import { ME } from "./ledger-fence";
import type { ClaimedItem, Claims, LedgerWindows, LockedIdentity } from "./ports/ledger";
import type { RunStatement, Statement } from "./statement";

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

interface MatchedBy {
  readonly name: string;
  readonly restores: boolean;
  /** More parameters of the messages given, and their names. */
  readonly more: { readonly types: string; readonly names: string };
  /** The items `o` among which the message `l` is, for a live replay `r`. */
  readonly item: string;
}

function match({ name, restores, more, item }: MatchedBy): Statement {
  return {
    name,
    // One look into an index a message and replay: a join would rather read all open items of the replay. The answer is columns: a worker
    // would spend more time on taking thousands of values apart than on sending them.
    text: `
      WITH ${ME}, live AS MATERIALIZED (
        SELECT r.id, r.ordered, replay_sends(r) AS sends, replay_last_ordinal(r) AS last_ordinal, row_number() OVER (ORDER BY r.id) AS place
        FROM replay r CROSS JOIN me
        WHERE r.queue_id = $2 AND r.kind ${restores ? "=" : "<>"} 'restore' AND (r.state IN ('running', 'paused')
          OR EXISTS (SELECT 1 FROM replay_item o WHERE o.replay_id = r.id AND o.loose))
      )
      SELECT array_agg(i.id ORDER BY i.position, l.place)::text AS ids, array_agg(l.place ORDER BY i.position, l.place)::text AS places,
             array_agg(i.ordinal ORDER BY i.position, l.place)::text AS ordinals, array_agg(i.attempt + 1 ORDER BY i.position, l.place)::text AS attempts,
             array_agg((i.state = 'sent')::int * ${SENT} + i.same::int * ${SAME} + (r.sends AND i.ordinal <= r.last_ordinal)::int * ${MAY_GO}
               + r.ordered::int * ${ORDERED} ORDER BY i.position, l.place)::text AS facts,
             array_agg(r.place ORDER BY i.position, l.place)::text AS replays, (SELECT array_agg(id ORDER BY place)::text FROM live) AS live,
             json_object_agg(i.id, i.session_id) FILTER (WHERE i.session_id IS NOT NULL) AS sessions,
             json_object_agg(i.id, json_build_array(encode(e.body, 'base64'), e.properties)) FILTER (WHERE e.id IS NOT NULL) AS edits
      FROM unnest($3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::bytea[]${more.types}) WITH ORDINALITY
        AS l(position, key, at, message_id, hash${more.names}, place)
      CROSS JOIN live r
      CROSS JOIN LATERAL (
        SELECT o.id, o.ordinal, o.session_id, o.state, o.attempt, o.edit_id, o.position,
               o.enqueued_at = timestamptz 'epoch' + l.at * interval '1 ms' AND o.message_id IS NOT DISTINCT FROM l.message_id
                 AND o.content_hash = l.hash AS same
        FROM ${item}
        WHERE o.replay_id = r.id AND o.open AND o.key = l.key AND o.state IN ('planned', 'sent')
        OFFSET 0
      ) i
      LEFT JOIN edit e ON e.id = i.edit_id`,
  };
}

const MATCH = match({
  name: "ledger-match",
  restores: false,
  more: { types: "", names: "" },
  item: "(SELECT x.* FROM replay_item x WHERE x.replay_id = r.id AND x.position = l.position AND x.open) o",
});

/** By the item that each was read for: the archive keeps messages of a queue from before it was made anew, with the same numbers. */
const MATCH_ARCHIVED = match({
  name: "ledger-match-archived",
  restores: true,
  more: { types: ", $8::uuid[]", names: ", item_id" },
  // By its id alone: a plan that was made while there were few items would step through all that are open of a restore.
  item: "(SELECT x.* FROM replay_item x WHERE x.id = l.item_id OFFSET 0) o",
});

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

/** Which items of live replays the locked messages are; those of ordered replays are claimed, those that differ are marked as changed (R9). */
export async function claim(run: RunStatement, request: Parameters<LedgerWindows["claim"]>[0]): Promise<Claims> {
  const { workerId, queueId, locked, mayOrder } = request;
  const identities = [
    workerId,
    queueId,
    bareArray(locked, ({ position }) => position.toString()),
    textArray(locked, ({ key }) => key),
    bareArray(locked, ({ enqueuedAt }) => enqueuedAt.getTime()),
    textArray(locked, ({ messageId }) => (messageId === null ? null : storableText(messageId))),
    byteaArray(locked, ({ contentHash }) => contentHash),
  ];
  const [columns] =
    request.from === "archive"
      ? await run<MatchColumns>(MATCH_ARCHIVED, [...identities, bareArray(request.locked, ({ itemId }) => itemId)])
      : await run<MatchColumns>(MATCH, identities);
  const matches = readMatches(columns as MatchColumns, locked);
  const others = matches.filter(({ facts }) => (facts & SAME) === 0).map(({ item }) => item.id);
  const changed = others.length === 0 ? [] : await run<{ state: string }>(SET_CHANGED, [workerId, bareIds(others)]);
  const candidates = matches.filter(({ facts }) => (facts & (SAME | SENT | MAY_GO)) === (SAME | MAY_GO));
  const ordered = candidates.filter(({ facts }) => (facts & ORDERED) !== 0).map(({ item }) => item);
  const claimed =
    ordered.length === 0 || !mayOrder
      ? new Set<string>()
      : new Set(
          (await run<{ id: string }>(CLAIM_ORDERED, [workerId, bareIds(ordered.map(({ id }) => id))])).map(
            ({ id }) => id,
          ),
        );
  return {
    claimed: candidates
      .filter(({ item, facts }) => (facts & ORDERED) === 0 || claimed.has(item.id))
      .map(({ item }) => item),
    sent: matches
      .filter(({ facts }) => (facts & (SAME | SENT)) === (SAME | SENT))
      .map(({ item: { id, key } }) => ({ id, key })),
    waiting: mayOrder ? ordered.filter(({ id }) => !claimed.has(id)).map(({ key }) => key) : [],
    notNow: matches
      .filter(({ facts }) => (facts & (SAME | SENT | MAY_GO)) === SAME)
      .map(({ item: { key, replayId } }) => ({ key, replayId })),
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
