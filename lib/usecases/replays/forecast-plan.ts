import type { ReplayDetail } from "@/lib/contracts/replays";
import type { ReplayPolicies } from "@/lib/domain/replay-policies";
import type { ReplayState } from "@/lib/domain/replay-states";
import { endOfSending } from "@/lib/domain/sending-time";
import type { Store } from "@/lib/store/ports";
import type { StoredReplayDetail } from "@/lib/store/ports/replays";

const HORIZON_MS = 31 * 86_400_000;

/** A plan that may still begin. */
export function isToCome(state: ReplayState): boolean {
  return state === "planned" || state === "awaiting-approval" || state === "approved" || state === "scheduled";
}

/**
 * When a plan would begin and end if it were started now, by its own time, its ramp, its longest session, the lowest rate and the quiet hours of all
 * policies that hold for it. It goes by the clock and by policies that may change, so it is made for whoever looks, and is no part of the plan.
 */
export async function forecastPlan(
  store: Pick<Store, "policies">,
  { at, replay, preflight, ramp }: StoredReplayDetail,
  { own, into }: ReplayPolicies,
): Promise<NonNullable<ReplayDetail["forecast"]>> {
  const begins = new Date(Math.max(Date.parse(at), Date.parse(replay.startsAt ?? at)));
  const horizon = new Date(begins.getTime() + HORIZON_MS);
  const policies = [own, ...into.map(({ policy }) => policy)];
  const hasQuiet = policies.some(({ quietHours }) => quietHours !== null);
  const { reach } = preflight;
  const { endsAt, quiet } = endOfSending(
    {
      count: preflight.willSend,
      rate: policies.reduce((least, { maxRate }) => Math.min(least, maxRate ?? least), replay.rate),
      burst: replay.burst,
      ramp,
      longestSession: preflight.longestSession,
      passingSeconds: reach ? reach.passedBy / reach.rate : 0,
    },
    {
      begins,
      quiet: hasQuiet ? await store.policies.quietSpans(replay.id, { from: begins, until: horizon }) : [],
      horizon,
    },
  );
  return { beginsAt: begins.toISOString(), endsAt: endsAt?.toISOString() ?? null, quiet };
}
