import type { Actor } from "@/lib/domain/audit";
import type { QueuePolicy } from "@/lib/domain/queue-policy";
import type { Store, StoreScope } from "@/lib/store/ports";
import type { ReplayRow } from "@/lib/store/ports/replays";
import { missingApproval } from "./check-approval";

/** A scheduled replay whose time has come. `heldBack`: why it was paused in place of being begun, in words; null: it runs. */
interface Due {
  readonly id: string;
  readonly heldBack: string | null;
}

/**
 * Begins the scheduled replays whose time has come. What their queue's policy would refuse by now is paused and says so: a policy
 * that was made stricter since the start holds for what has not begun.
 */
export async function beginDue({ store, actor }: { store: Store; actor: Actor }): Promise<Due[]> {
  return store.transaction(async (tx) => {
    const begun: Due[] = [];
    for (const id of await tx.replays.due()) {
      const replay = await tx.replays.lock(id);
      if (replay === null) continue;
      const { queueId, startsAt } = replay;
      const heldBack = await objection(tx, replay, await tx.policies.readLocked(queueId));
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

async function objection(tx: StoreScope, replay: ReplayRow, policy: QueuePolicy): Promise<string | null> {
  const words = await missingApproval(tx, replay, policy);
  if (words !== null) return `it did not begin at its time. ${words}`;
  if (!policy.protected) return null;
  if (replay.startedBy !== null && (await tx.people.mayNow(replay.startedBy, "replays.protected"))) return null;
  return "it did not begin at its time. This queue is protected by now: administrators alone start replays out of it";
}
