import { AppError } from "@/lib/domain/app-error";
import type { StoreScope } from "@/lib/store/ports";
import type { EditTarget } from "@/lib/store/ports/edits";

/**
 * Locks the dead letter and refuses what would edit behind somebody's back. Throws "not-found", "state-changed" when it
 * has left the queue, "conflict" when a replay has claimed it as it is, or when another version came in between.
 */
export async function requireEditable(tx: StoreScope, id: string, baseVersion: number): Promise<EditTarget> {
  const queueId = await tx.edits.queueOf(id);
  // A plan reads the edits and claims their messages in two looks: an edit that came between them would not be in it.
  if (queueId !== null) await tx.replays.lockPlanning(queueId);
  const target = await tx.edits.lockTarget(id);
  if (target === null) throw new AppError("not-found", `There is no dead letter number ${id}.`);
  if (target.leftAt !== null) {
    throw new AppError("state-changed", "The message has left its dead-letter queue; nothing was saved.");
  }
  if (target.liveReplayId !== null) {
    throw new AppError(
      "conflict",
      "The message is part of a replay that has not ended, which sends it as it was planned. Cancel that replay or wait for its end; nothing was saved.",
      { replay: target.liveReplayId },
    );
  }
  const version = target.current?.version ?? 0;
  if (version !== baseVersion) {
    throw new AppError("conflict", describeOther(target), { version: String(version) });
  }
  return target;
}

function describeOther({ current }: EditTarget): string {
  if (current === null) return "The edit was withdrawn in the meantime; nothing was saved. Load the message again.";
  return `${current.createdBy} saved version ${current.version} in the meantime; nothing of yours was saved. Load it and make your change again.`;
}
