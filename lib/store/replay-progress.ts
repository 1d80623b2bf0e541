import type { ReplayDetail, ReplaySummary } from "@/lib/contracts/replays";
import { type Ramp, stepAt } from "@/lib/domain/ramp";
import { canaryFacts } from "./canary";
import type { Database } from "./database";
import { Prisma } from "./generated/client";
import { iso } from "./queue-summaries";

/** Columns of a replay `r` that say whether and how fast it may send now. */
export const holdColumns = Prisma.sql`
  replay_pace(r) AS pace,
  CASE WHEN r.state = 'running' THEN (
    SELECT jsonb_build_object('reason', s.reason, 'by', p.name, 'at', s.stopped_at)
    FROM replay_stop s JOIN person p ON p.id = s.stopped_by
    WHERE s.ended_at IS NULL AND (s.namespace_id IS NULL OR s.namespace_id = r.namespace_id)
    ORDER BY s.stopped_at LIMIT 1) END AS stop,
  CASE WHEN r.state = 'running' THEN (
    SELECT max(h.until) FROM replay_policies(r) p CROSS JOIN LATERAL quiet_hours_at(p.quiet_hours, clock_timestamp()) h
    WHERE p.quiet_hours IS NOT NULL AND h.rate IS NULL) END AS quiet_until,
  r.state = 'running' AND replay_waits_for_consumer(r) AS waits_for_consumer,
  CASE WHEN r.state = 'running' AND r.canary_ordinal IS NOT NULL AND r.canary_passed_at IS NULL THEN (
    SELECT jsonb_build_object('until', c.until, 'left', c.left_over) FROM (${canaryFacts(Prisma.sql`r`)}) c) END AS canary`;

export interface HoldRow {
  readonly pace: number;
  readonly stop: { readonly reason: string; readonly by: string; readonly at: string } | null;
  readonly quiet_until: Date | null;
  readonly waits_for_consumer: boolean;
  readonly canary: { readonly until: string | null; readonly left: number } | null;
}

/** The strongest comes first: what a person has to lift, what the clock ends, what the replay waits for by itself. */
export function toHold(row: HoldRow): ReplaySummary["hold"] {
  if (row.stop !== null) return { kind: "stopped", ...row.stop, at: new Date(row.stop.at).toISOString() };
  if (row.quiet_until !== null) return { kind: "quiet-hours", until: row.quiet_until.toISOString() };
  if (row.waits_for_consumer) return { kind: "consumer" };
  if (row.canary === null || row.canary.left > 0) return null;
  return { kind: "canary", until: row.canary.until === null ? null : new Date(row.canary.until).toISOString() };
}

interface CanaryRow {
  readonly sent: number;
  readonly left_over: number;
  readonly returned: number;
  readonly until: Date | null;
  readonly read: boolean;
  readonly seen: boolean;
  readonly passed_at: Date | null;
}

/** Where the ramp of a replay stands; null: it has none. */
export async function readRampProgress(
  db: Database,
  replayId: string,
  ramp: Ramp | null,
  at: Date,
): Promise<Pick<ReplayDetail, "canary" | "step">> {
  if (ramp === null) return { canary: null, step: null };
  const canary = await db.$queryRaw<CanaryRow[]>`
    SELECT c.*, r.canary_passed_at AS passed_at FROM replay r CROSS JOIN LATERAL (${canaryFacts(Prisma.sql`r`)}) c
    WHERE r.id = ${replayId}::uuid AND r.canary_ordinal IS NOT NULL`;
  const since = await db.$queryRaw<{ since: Date | null }[]>`
    SELECT replay_ramp_since(r) AS since FROM replay r WHERE r.id = ${replayId}::uuid AND r.state = 'running'`;
  return { canary: toCanary(ramp, canary[0]), step: toStep(ramp, since[0]?.since ?? null, at) };
}

function toCanary(ramp: Ramp, row: CanaryRow | undefined): ReplayDetail["canary"] {
  if (ramp.canary === null || row === undefined) return null;
  return {
    count: ramp.canary.count,
    sent: row.sent,
    left: row.left_over,
    returned: row.returned,
    until: iso(row.until),
    read: row.read,
    seen: row.seen,
    passedAt: iso(row.passed_at),
  };
}

function toStep(ramp: Ramp, since: Date | null, at: Date): ReplayDetail["step"] {
  if (since === null) return null;
  const step = stepAt(ramp, (at.getTime() - since.getTime()) / 1000);
  if (step === null) return null;
  const until = new Date(since.getTime() + step.endsAfterSeconds * 1000).toISOString();
  return { number: step.number, of: ramp.steps.length, rate: step.rate, until };
}
