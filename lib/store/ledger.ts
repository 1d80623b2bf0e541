import type { ItemState } from "@/lib/domain/replay-states";
import type { Database } from "./database";
import { me } from "./ledger-fence";
import { ledgerNotices } from "./ledger-notices";
import { ledgerUpkeep } from "./ledger-upkeep";
import type { LedgerStore } from "./ports/ledger";

const written = (rows: { id: string }[]) => rows.map(({ id }) => id);

export function ledgerStore(db: Database): LedgerStore {
  return {
    ...ledgerUpkeep(db),
    ...ledgerNotices(db),
    recordDoubt: async (workerId, ids, error, holdMs) =>
      written(
        await db.$queryRaw`
          WITH ${me(workerId)}
          UPDATE replay_item i
          SET state = 'uncertain', doubt = true, error = ${error},
              judge_after = clock_timestamp() + make_interval(secs => ${holdMs / 1000}::float8)
          FROM me WHERE i.id = ANY(${ids}::uuid[]) AND i.state = 'sending' AND i.worker_id = ${workerId}::uuid
          RETURNING i.id::text`,
      ),

    endHold: async (workerId, ids) => {
      await db.$executeRaw`
        WITH ${me(workerId)}
        UPDATE replay_item i SET judge_after = clock_timestamp()
        FROM me WHERE i.id = ANY(${ids}::uuid[]) AND i.state = 'uncertain' AND i.worker_id = ${workerId}::uuid`;
    },

    leaveSent: async (workerId, ids) => {
      await db.$executeRaw`
        WITH ${me(workerId)}
        UPDATE replay_item i SET worker_id = NULL
        FROM me WHERE i.id = ANY(${ids}::uuid[]) AND i.state = 'sent' AND i.worker_id = ${workerId}::uuid`;
    },

    release: (workerId, ids) => release(db, workerId, ids, ["claimed", "sending"]),

    releaseClaims: (workerId, ids) => release(db, workerId, ids, ["claimed"]),

    retract: async (workerId, ids) => {
      const retracted = written(
        await db.$queryRaw`
          WITH ${me(workerId)}
          UPDATE replay_item i
          SET state = CASE WHEN r.ordered THEN 'claimed' ELSE 'planned' END,
              worker_id = CASE WHEN r.ordered THEN i.worker_id END,
              first_intent_at = CASE WHEN i.doubt THEN i.first_intent_at END
          FROM me, replay r
          WHERE i.id = ANY(${ids}::uuid[]) AND r.id = i.replay_id AND r.state = 'running' AND i.state = 'sending'
            AND i.worker_id = ${workerId}::uuid
          RETURNING i.id::text`,
      );
      if (retracted.length === ids.length) return retracted;
      // An earlier call may have done it, whose answer was lost.
      return written(
        await db.$queryRaw`
          SELECT i.id::text FROM replay_item i JOIN replay r ON r.id = i.replay_id
          WHERE i.id = ANY(${ids}::uuid[]) AND r.state = 'running'
            AND ((i.state = 'claimed' AND i.worker_id = ${workerId}::uuid) OR (i.state = 'planned' AND NOT r.ordered))`,
      );
    },

    releaseStrays: async (workerId, queueId, known) => {
      await db.$executeRaw`
        WITH ${me(workerId)}
        UPDATE replay_item i
        SET state = CASE WHEN i.state = 'sent' THEN 'sent' WHEN r.state IN ('running', 'paused') THEN 'planned'
                         WHEN i.doubt THEN 'uncertain' ELSE 'cancelled' END,
            worker_id = NULL, first_intent_at = CASE WHEN i.doubt OR i.state = 'sent' THEN i.first_intent_at END
        FROM me, replay r
        WHERE r.id = i.replay_id AND r.queue_id = ${queueId} AND i.open AND i.state IN ('claimed', 'sending', 'sent')
          AND i.worker_id = ${workerId}::uuid AND i.id <> ALL (${known}::uuid[])`;
    },

    recordFailed: async (workerId, ids, error) => {
      await db.$executeRaw`
        WITH ${me(workerId)}
        UPDATE replay_item i SET state = 'failed', error = ${error}
        FROM me WHERE i.id = ANY(${ids}::uuid[])
          AND (i.state = 'planned' OR (i.state IN ('claimed', 'sending') AND i.worker_id = ${workerId}::uuid))`;
    },

    recordRefused: async (workerId, ids, error) => {
      await db.$executeRaw`
        WITH ${me(workerId)}
        UPDATE replay_item i SET state = CASE WHEN i.doubt THEN 'uncertain' ELSE 'refused' END, error = ${error}, worker_id = NULL
        FROM me WHERE i.id = ANY(${ids}::uuid[])
          AND (i.state = 'planned' OR (i.state = 'claimed' AND i.worker_id = ${workerId}::uuid))`;
    },
  };
}

async function release(
  db: Database,
  workerId: string,
  ids: readonly string[],
  from: readonly ItemState[],
): Promise<void> {
  // A replay that was cancelled meanwhile wants its items cancelled, not planned: they would hold their claim for ever.
  await db.$executeRaw`
    WITH ${me(workerId)}
    UPDATE replay_item i
    SET state = CASE WHEN r.state IN ('running', 'paused') THEN 'planned' WHEN i.doubt THEN 'uncertain' ELSE 'cancelled' END,
        worker_id = NULL, first_intent_at = CASE WHEN i.doubt THEN i.first_intent_at END
    FROM me, replay r
    WHERE i.id = ANY(${ids}::uuid[]) AND r.id = i.replay_id AND i.state = ANY(${from}::text[]) AND i.worker_id = ${workerId}::uuid`;
}
