import type { Database } from "./database";
import { given, me } from "./ledger-fence";
import { ledgerUpkeep } from "./ledger-upkeep";
import type { LedgerStore } from "./ports/ledger";

const written = (rows: { id: string }[]) => rows.map(({ id }) => id);

export function ledgerStore(db: Database): LedgerStore {
  return {
    ...ledgerUpkeep(db),
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

    leaveSent: async (workerId, ids) => {
      await db.$executeRaw`
        WITH ${me(workerId)}, ${given(ids)}
        UPDATE replay_item i SET worker_id = NULL
        FROM given g, me WHERE i.id = g.id AND i.state = 'sent' AND i.worker_id = ${workerId}::uuid`;
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
            UPDATE replay_item i
            SET state = CASE WHEN r.ordered THEN 'claimed' ELSE 'planned' END,
                worker_id = CASE WHEN r.ordered THEN i.worker_id END,
                first_intent_at = CASE WHEN i.doubt THEN i.first_intent_at END
            FROM given g, me, replay r
            WHERE i.id = g.id AND r.id = i.replay_id AND r.state = 'running' AND i.state = 'sending'
              AND i.worker_id = ${workerId}::uuid
            RETURNING i.id
          )
          SELECT id::text FROM retracted
          UNION SELECT i.id::text FROM given g JOIN replay_item i ON i.id = g.id JOIN replay r ON r.id = i.replay_id
          WHERE r.state = 'running' AND ((i.state = 'claimed' AND i.worker_id = ${workerId}::uuid)
            OR (i.state = 'planned' AND NOT r.ordered))`,
      ),

    releaseStrays: async (workerId, queueId, known) => {
      await db.$executeRaw`
        WITH ${me(workerId)}, ${given(known)}
        UPDATE replay_item i
        SET state = CASE WHEN r.state IN ('running', 'paused') THEN 'planned' WHEN i.doubt THEN 'uncertain' ELSE 'cancelled' END,
            worker_id = NULL, first_intent_at = CASE WHEN i.doubt THEN i.first_intent_at END
        FROM me, replay r
        WHERE r.id = i.replay_id AND r.queue_id = ${queueId} AND i.open AND i.state IN ('claimed', 'sending')
          AND i.worker_id = ${workerId}::uuid AND i.id NOT IN (SELECT g.id FROM given g)`;
    },

    recordFailed: async (workerId, ids, error) => {
      await db.$executeRaw`
        WITH ${me(workerId)}, ${given(ids)}
        UPDATE replay_item i SET state = 'failed', error = ${error}
        FROM given g, me WHERE i.id = g.id
          AND (i.state = 'planned' OR (i.state IN ('claimed', 'sending') AND i.worker_id = ${workerId}::uuid))`;
    },
  };
}
