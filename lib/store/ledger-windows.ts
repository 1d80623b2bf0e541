import { bareIds } from "./array-text";
import { archive } from "./ledger-archive";
import { claim } from "./ledger-claim";
import { ME } from "./ledger-fence";
import { intend } from "./ledger-intend";
import type { LedgerWindows } from "./ports/ledger";
import type { RunStatement, Statement } from "./statement";

export function ledgerWindows(run: RunStatement): LedgerWindows {
  return {
    claim: (request) => claim(run, request),
    intend: (request) => intend(run, request),
    archive: (request) => archive(run, request),
    recordSent: async (workerId, ids) => {
      const [counted] = await run<{ recorded: number }>(RECORD_SENT, [workerId, bareIds(ids)]);
      if (counted?.recorded === ids.length) return ids;
      return (await run<{ id: string }>(READ_SENT, [workerId, bareIds(ids)])).map(({ id }) => id);
    },
    close: async (workerId, ids) => {
      await run(CLOSE, [workerId, bareIds(ids)]);
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
