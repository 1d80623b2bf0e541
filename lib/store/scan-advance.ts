import type { ScanProgress } from "./ports/scans";
import type { RunStatement, Statement } from "./statement";

/** Queue, worker, seconds of the lease; what a kind of progress needs beside them follows. */
function statement(kind: string, changes: string): Statement {
  return {
    name: `scan-advance-${kind}`,
    text: `
      UPDATE queue SET ${changes} scanned_at = clock_timestamp(),
        scan_lease_until = clock_timestamp() + make_interval(secs => $3::float8)
      WHERE id = $1::int AND scan_lease_worker = $2::uuid
      RETURNING (extract(epoch FROM date_trunc('milliseconds', clock_timestamp())) * 1000)::float8 AS at`,
  };
}

const HIGH_WATER = "high_water = greatest(high_water, $4::bigint),";
const WALK_NUMBER = "walk_number = walk_number + (walk_started_at IS NULL)::int,";

const UNDER_WAY = statement("under-way", "");
const WATCHED = statement("watched", "oldest_enqueued_at = $4::timestamptz, oldest_read_at = $5::timestamptz,");
const PAGED = statement("paged", HIGH_WATER);
const WALKED = statement(
  "walked",
  `${HIGH_WATER} ${WALK_NUMBER} walk_started_at = $5::timestamptz, walk_position = $6::bigint,
   walk_seen = CASE WHEN walk_started_at IS NULL THEN 0 ELSE walk_seen END + $7::int,`,
);
const WALK_ENDED = statement(
  "walk-ended",
  `${HIGH_WATER} ${WALK_NUMBER} walk_started_at = NULL, walk_position = 0, walk_seen = 0, walked_at = $5::timestamptz,
   walk_seconds = extract(epoch FROM clock_timestamp() - $5::timestamptz),`,
);

export async function advance(
  run: RunStatement,
  queueId: number,
  worker: string,
  progress: ScanProgress,
  leaseSeconds: number,
): Promise<Date | null> {
  const [change, values] = changeOf(progress);
  const [row] = await run<{ at: number }>(change, [queueId, worker, leaseSeconds, ...values]);
  return row === undefined ? null : new Date(row.at);
}

function changeOf(progress: ScanProgress): [Statement, unknown[]] {
  switch (progress.kind) {
    case "under-way":
      return [UNDER_WAY, []];
    case "watched":
      return [WATCHED, [progress.oldestEnqueuedAt?.toISOString() ?? null, progress.readAt.toISOString()]];
    case "paged":
      return [PAGED, [progress.highWater.toString()]];
    case "walked": {
      const begun = [progress.highWater.toString(), progress.startedAt.toISOString()];
      if (progress.position === null) return [WALK_ENDED, begun];
      return [WALKED, [...begun, progress.position.toString(), progress.seen]];
    }
  }
}
