import type { Actor } from "@/lib/domain/audit";
import { protectedQueue, type ReplayPolicies } from "@/lib/domain/replay-policies";
import type { Store, StoreScope } from "@/lib/store/ports";
import type { ReplayRow } from "@/lib/store/ports/replays";
import { missingApproval } from "./check-approval";

/** A scheduled replay whose time has come. `heldBack`: why it was paused in place of being begun, in words; null: it runs. */
interface Due {
  readonly id: string;
  readonly heldBack: string | null;
}

/**
 * Begins the scheduled replays whose time has come. What their policies would refuse by now is paused and says so: a policy
 * that was made stricter since the start holds for what has not begun.
 */
export async function beginDue({ store, actor }: { store: Store; actor: Actor }): Promise<Due[]> {
  return store.transaction(async (tx) => {
    const begun: Due[] = [];
    for (const id of await tx.replays.due()) {
      const replay = await tx.replays.lock(id);
      if (replay === null) continue;
      const { queueId, startsAt } = replay;
      const heldBack = await objection(tx, replay, await tx.policies.readAllLocked(replay));
      await (heldBack === null ? tx.replays.begin(id) : tx.replays.pause(id, heldBack));
      await tx.audit.append([
        {
          actor,
          action: heldBack === null ? "replay.began" : "replay.paused",
          subject: { kind: "replay", id },
          queueId,
          replayId: id,
          ...(heldBack === null ? {} : { reason: heldBack }),
          detail: { startsAt: startsAt?.toISOString() ?? null },
        },
      ]);
      begun.push({ id, heldBack });
    }
    return begun;
  });
}

async function objection(tx: StoreScope, replay: ReplayRow, policies: ReplayPolicies): Promise<string | null> {
  const words = await missingApproval(tx, replay, policies);
  if (words !== null) return `it did not begin at its time. ${words}`;
  const path = protectedQueue(policies);
  if (path === undefined) return null;
  if (replay.startedBy !== null && (await tx.people.mayNow(replay.startedBy, "replays.protected"))) return null;
  const who = path === null ? "This queue is protected by now" : `${path}, which would get copies, is protected by now`;
  return `it did not begin at its time. ${who}: administrators alone start such a replay`;
}
