import { bareArray, bareIds } from "./array-text";
import type { Database } from "./database";
import { Prisma } from "./generated/client";
import { HAS_ARRIVED } from "./has-arrived";
import { me } from "./ledger-fence";
import { ledgerNotices } from "./ledger-notices";
import { ledgerUpkeep } from "./ledger-upkeep";
import type { Attempt, LedgerStore } from "./ports/ledger";

/** The attempts named, as rows g(id, attempt). */
const given = (attempts: readonly Attempt[]) => {
  const numbers = bareArray(attempts, ({ attempt }) => attempt);
  return Prisma.sql`given AS MATERIALIZED (SELECT * FROM unnest(${idsOf(attempts)}::uuid[], ${numbers}::int[]) AS g(id, attempt))`;
};

const idsOf = (attempts: readonly Attempt[]): string => bareIds(attempts.map(({ id }) => id));

/** A replay that was cancelled meanwhile wants its items cancelled, not planned: they would hold their claim for ever. */
const TAKEN_BACK = Prisma.sql`
  state = CASE WHEN r.state IN ('running', 'paused') THEN 'planned' WHEN i.doubt THEN 'uncertain' ELSE 'cancelled' END,
  worker_id = NULL, first_intent_at = CASE WHEN i.doubt THEN i.first_intent_at END`;

/** What a person must know who replays a message again of which an earlier copy was in doubt. */
const MAY_HAVE_ARRIVED = "; an earlier copy may have arrived";

const written = (rows: { id: string }[]) => rows.map(({ id }) => id);

export function ledgerStore(db: Database): LedgerStore {
  return {
    ...ledgerUpkeep(db),
    ...ledgerNotices(db),
    recordDoubt: async (workerId, attempts, error, holdMs) =>
      written(
        await db.$queryRaw`
          WITH ${me(workerId)}, ${given(attempts)}
          UPDATE replay_item i
          SET state = 'uncertain', doubt = true, judged = false, doubt_settled = false, evidence = NULL, error = ${error},
              judge_after = clock_timestamp() + make_interval(secs => ${holdMs / 1000}::float8)
          FROM me, given g WHERE i.id = g.id AND i.attempt = g.attempt AND i.state = 'sending' AND i.worker_id = ${workerId}::uuid
          RETURNING i.id::text`,
      ),

    endHold: async (workerId, attempts) => {
      await db.$executeRaw`
        WITH ${me(workerId)}, ${given(attempts)}
        UPDATE replay_item i SET judge_after = clock_timestamp()
        FROM me, given g WHERE i.id = g.id AND i.attempt = g.attempt AND i.state = 'uncertain' AND i.worker_id = ${workerId}::uuid`;
    },

    leaveSent: async (workerId, ids) => {
      await db.$executeRaw`
        WITH ${me(workerId)}
        UPDATE replay_item i SET worker_id = NULL
        FROM me WHERE i.id = ANY(${ids}::uuid[]) AND i.state = 'sent' AND i.worker_id = ${workerId}::uuid`;
    },

    release: async (workerId, ids) => {
      await db.$executeRaw`
        WITH ${me(workerId)}
        UPDATE replay_item i SET ${TAKEN_BACK}
        FROM me, replay r
        WHERE i.id = ANY(${ids}::uuid[]) AND r.id = i.replay_id AND i.state = 'claimed' AND i.worker_id = ${workerId}::uuid`;
    },

    takeBack: async (workerId, attempts) => {
      await db.$executeRaw`
        WITH ${me(workerId)}, ${given(attempts)}
        UPDATE replay_item i SET ${TAKEN_BACK}, attempt = g.attempt
        FROM me, given g, replay r
        WHERE i.id = g.id AND r.id = i.replay_id
          AND CASE i.state WHEN 'planned' THEN i.attempt = g.attempt - 1
                           -- Retracted before, it is claimed at its own number.
                           WHEN 'claimed' THEN i.attempt IN (g.attempt - 1, g.attempt) AND i.worker_id = ${workerId}::uuid
                           WHEN 'sending' THEN i.attempt = g.attempt AND i.worker_id = ${workerId}::uuid END`;
    },

    retract: async (workerId, attempts) => {
      const retracted = written(
        await db.$queryRaw`
          WITH ${me(workerId)}, ${given(attempts)}
          UPDATE replay_item i
          SET state = CASE WHEN r.ordered THEN 'claimed' ELSE 'planned' END,
              worker_id = CASE WHEN r.ordered THEN i.worker_id END,
              first_intent_at = CASE WHEN i.doubt THEN i.first_intent_at END
          FROM me, given g, replay r
          WHERE i.id = g.id AND i.attempt = g.attempt AND r.id = i.replay_id AND r.state = 'running' AND i.state = 'sending'
            AND i.worker_id = ${workerId}::uuid
          RETURNING i.id::text`,
      );
      if (retracted.length === attempts.length) return retracted;
      // An earlier call may have done it, whose answer was lost.
      return written(
        await db.$queryRaw`
          WITH ${given(attempts)}
          SELECT i.id::text FROM given g JOIN replay_item i ON i.id = g.id AND i.attempt = g.attempt
          JOIN replay r ON r.id = i.replay_id
          WHERE r.state = 'running'
            AND ((i.state = 'claimed' AND i.worker_id = ${workerId}::uuid) OR (i.state = 'planned' AND NOT r.ordered))`,
      );
    },

    held: (workerId, queueId) =>
      db.$queryRaw`
        SELECT i.id::text, i.state, i.attempt
        FROM replay_item i JOIN replay r ON r.id = i.replay_id
        WHERE r.queue_id = ${queueId} AND i.open AND i.state IN ('claimed', 'sending', 'sent') AND i.worker_id = ${workerId}::uuid`,

    recordFailed: async (workerId, attempts, error) => {
      await db.$executeRaw`
        WITH ${me(workerId)}, ${given(attempts)}
        UPDATE replay_item i
        SET state = CASE WHEN i.doubt AND ${Prisma.raw(HAS_ARRIVED)} THEN 'uncertain' ELSE 'failed' END,
            error = ${error}::text || CASE WHEN i.doubt THEN ${MAY_HAVE_ARRIVED}::text ELSE '' END
        FROM me, given g WHERE i.id = g.id
          AND CASE i.state WHEN 'planned' THEN i.attempt = g.attempt - 1
                           WHEN 'claimed' THEN i.attempt = g.attempt - 1 AND i.worker_id = ${workerId}::uuid
                           WHEN 'sending' THEN i.attempt = g.attempt AND i.worker_id = ${workerId}::uuid END`;
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
