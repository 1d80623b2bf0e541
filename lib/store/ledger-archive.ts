import { J_MS, LEAST_LIFE_MS } from "@/lib/domain/throttle";
import { bareArray } from "./array-text";
import { byteaArray } from "./binary-arrays";
import { ME } from "./ledger-fence";
import { type IntendRow, readIntended } from "./ledger-intend";
import type { Intended, LedgerWindows } from "./ports/ledger";
import type { RunStatement, Statement } from "./statement";

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
           (SELECT array_agg(x.n ORDER BY x.n)::text FROM archived x) AS intended,
           (SELECT array_agg(f.n)::text FROM fit f) AS fit
    FROM permits p`,
};

/** Archives as many messages of a discard as there are permits for: they count as sent then. */
export async function archive(run: RunStatement, request: Parameters<LedgerWindows["archive"]>[0]): Promise<Intended> {
  const { originals } = request;
  const [row] = await run<IntendRow>(ARCHIVE, [
    request.workerId,
    request.replayId,
    request.scopes,
    bareArray(originals, ({ id }) => id),
    bareArray(originals, ({ attempt }) => attempt),
    byteaArray(originals, ({ hash }) => hash),
    byteaArray(originals, ({ encoded }) => encoded),
  ]);
  return readIntended(row as IntendRow, originals);
}
