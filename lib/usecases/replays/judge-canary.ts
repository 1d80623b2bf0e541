import type { Actor } from "@/lib/domain/audit";
import { judgeCanary as judge } from "@/lib/domain/ramp";
import type { Store } from "@/lib/store/ports";
import type { RipeCanary } from "@/lib/store/ports/replays";

/**
 * Looks at what has come back of a canary whose wait is over: the rest may go, or the replay pauses and says why, as it does where
 * nothing of it can be seen. Answers the words
 * of the pause, null when it has passed, and undefined when somebody was quicker or the replay does not run any more.
 */
export async function judgeCanary(
  { store, actor }: { store: Store; actor: Actor },
  { id, queueId, sent, returned, seen }: RipeCanary,
): Promise<string | null | undefined> {
  return store.transaction(async (tx) => {
    const replay = await tx.replays.lock(id);
    if (replay === null || replay.state !== "running" || replay.canaryPassed) return undefined;
    const words = judge({ sent, returned, seen });
    await tx.replays.judgeCanary(id, words === null);
    if (words !== null) await tx.replays.pause(id, words);
    await tx.audit.append([
      {
        actor,
        action: words === null ? "replay.canary-passed" : "replay.paused",
        subject: { kind: "replay", id },
        queueId,
        replayId: id,
        ...(words === null ? {} : { reason: words }),
        detail: { sent, returned },
      },
    ]);
    return words;
  });
}
