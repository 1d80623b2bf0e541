import type { Database } from "./database";
import type { LedgerStore } from "./ports/ledger";

/** Says in words what holds running replays up. */
export function ledgerNotices(db: Database): Pick<LedgerStore, "notice" | "unsay" | "noticeLocks"> {
  return {
    notice: async (replayId, words, lastsMs = null) => {
      const seconds = lastsMs === null ? null : lastsMs / 1000;
      await db.$executeRaw`
        UPDATE replay SET notice = ${words}, notice_until = clock_timestamp() + make_interval(secs => ${seconds}::float8)
        WHERE id = ${replayId}::uuid AND state = 'running' AND (notice IS DISTINCT FROM ${words} OR notice_until IS NOT NULL)`;
    },

    unsay: async (replayIds, words) => {
      await db.$executeRaw`
        UPDATE replay SET notice = NULL WHERE id = ANY(${replayIds}::uuid[]) AND state = 'running' AND notice = ${words}`;
    },

    // A worker that ended, or whose lease is over, may have locked messages until its lease's end. While copies go out there is
    // nothing to say. Nobody need take it back: what is read of a replay leaves it out once its time is over.
    noticeLocks: async ({ workerId, replayIds, lockMs, strandedMs }) => {
      await db.$executeRaw`
        WITH lock AS (SELECT make_interval(secs => ${lockMs / 1000}::float8) AS lasts), free AS (
          SELECT greatest(clock_timestamp() + make_interval(secs => ${strandedMs / 1000}::float8), max(w.lease_until + l.lasts)) AS at
          FROM lock l LEFT JOIN worker w ON w.id <> ${workerId}::uuid AND w.lease_until > clock_timestamp() - l.lasts
            AND (w.ended_at IS NOT NULL OR w.lease_until < clock_timestamp())
        ), said AS (
          SELECT 'waiting for locks of an earlier window to run out, at most until '
                 || to_char(f.at AT TIME ZONE 'UTC', 'HH24:MI:SS') || ' UTC' AS words, f.at
          FROM free f WHERE f.at > clock_timestamp() + interval '1 s'
        )
        UPDATE replay r SET notice = s.words, notice_until = s.at FROM said s
        WHERE r.id = ANY(${replayIds}::uuid[]) AND r.state = 'running' AND r.notice IS DISTINCT FROM s.words
          AND (r.notice IS NULL OR r.notice LIKE 'waiting for locks%' OR r.notice_until < clock_timestamp())
          AND NOT EXISTS (SELECT 1 FROM replay_second x WHERE x.replay_id = r.id AND x.second > clock_timestamp() - interval '3 s')`;
    },
  };
}
