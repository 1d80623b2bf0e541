import type { Store } from "@/lib/store/ports";
import { lockForAct } from "./lock-for-act";
import type { PersonActor } from "./plan-replay";

/** Lets a paused replay send again. The circuit breaker counts from here: whoever resumes has seen why it had stopped. */
export async function resumeReplay(
  { store, actor }: { store: Store; actor: PersonActor },
  { id }: { id: string },
): Promise<void> {
  await store.transaction(async (tx) => {
    const { replay } = await lockForAct(tx, id, "resume");
    await tx.replays.resume(replay.id);
    await tx.audit.append([
      {
        actor,
        action: "replay.resumed",
        subject: { kind: "replay", id: replay.id },
        queueId: replay.queueId,
        replayId: replay.id,
        detail: {},
      },
    ]);
  });
}
