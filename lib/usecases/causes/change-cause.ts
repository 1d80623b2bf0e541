import type { ChangeCause } from "@/lib/contracts/causes";
import { AppError } from "@/lib/domain/app-error";
import type { Actor } from "@/lib/domain/audit";
import type { Store } from "@/lib/store/ports";
import type { CauseChange, CauseRecord } from "@/lib/store/ports/causes";
import { requireCause } from "./require-cause";
import { requireOwner } from "./require-owner";

/**
 * Records what a person says of a cause: what it is called, what kind it is, where the work stands, who looks after it, what to do.
 * Throws "not-found", "conflict" (somebody else changed it since it was shown), "state-changed" (it was merged into another),
 * "invalid-input" (an owner that cannot be one, a snooze that is over).
 */
export async function changeCause(
  context: { store: Store; actor: Extract<Actor, { kind: "person" }> },
  input: ChangeCause & { id: string },
): Promise<void> {
  const { store, actor } = context;
  const { id, version, reason, ...asked } = input;
  const now = await store.now();
  await store.transaction(async (tx) => {
    const cause = await requireCause(tx, id);
    if (cause.version !== version) {
      throw new AppError(
        "conflict",
        "Somebody changed this cause since it was shown to you. Nothing was saved: look at it again.",
        { version: String(cause.version) },
      );
    }
    const change = requestedChange(asked, now);
    if (change.ownerId != null) await requireOwner(tx, change.ownerId, "cause");
    await tx.causes.change(id, change);
    const after = (await tx.causes.records([id]))[0] as CauseRecord;
    await tx.audit.append([
      {
        actor,
        action: "cause.changed",
        subject: { kind: "cause", id },
        queueId: cause.queueId,
        ...(reason === undefined ? {} : { reason }),
        detail: { cause: nameOf(cause), ...differences(cause, after) },
      },
    ]);
  });
}

/** What a cause is called in the audit. */
export function nameOf(cause: Pick<CauseRecord, "title" | "reason" | "signature">): string {
  return (
    cause.title ??
    [cause.reason, cause.signature]
      .filter((part) => part !== "")
      .join(": ")
      .slice(0, 300)
  );
}

function requestedChange(asked: Omit<ChangeCause, "version" | "reason">, now: Date): CauseChange {
  const { state, snoozedUntil, snoozedCount, title, kind, ownerId, runbook } = asked;
  const until = snoozedUntil == null ? null : new Date(snoozedUntil);
  if (until !== null && until <= now) {
    throw new AppError("invalid-input", "The snooze would be over already: choose a time that is to come.", {
      snoozedUntil: "lies in the past",
    });
  }
  return {
    ...(title === undefined ? {} : { title }),
    ...(kind === undefined ? {} : { kind }),
    ...(ownerId === undefined ? {} : { ownerId }),
    ...(runbook === undefined ? {} : { runbook }),
    // Each state says anew whether and until when it is snoozed.
    ...(state === undefined ? {} : { state, snoozedUntil: until, snoozedCount: snoozedCount ?? null }),
  };
}

/** The fields that differ, as { before, after }; a runbook's text by its length, since it may be long. */
function differences(before: CauseRecord, after: CauseRecord): Record<string, unknown> {
  const shown = (cause: CauseRecord): Record<string, string | number | null> => ({
    title: cause.title,
    kind: cause.kind,
    state: cause.state,
    snoozedUntil: cause.snoozedUntil?.toISOString() ?? null,
    snoozedCount: cause.snoozedCount,
    owner: cause.owner?.name ?? null,
    runbook: cause.runbook,
  });
  const [was, is] = [shown(before), shown(after)];
  return Object.fromEntries(
    Object.keys(was).flatMap((key) => (was[key] === is[key] ? [] : [[key, { before: was[key], after: is[key] }]])),
  );
}
