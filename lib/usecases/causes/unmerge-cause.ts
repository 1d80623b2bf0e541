import { AppError } from "@/lib/domain/app-error";
import type { Actor } from "@/lib/domain/audit";
import type { Store } from "@/lib/store/ports";
import { nameOf } from "./change-cause";

/** Lets a merged cause stand for itself again. Throws "not-found", and "state-changed" when it is not merged. */
export async function unmergeCause(
  context: { store: Store; actor: Extract<Actor, { kind: "person" }> },
  input: { readonly id: string },
): Promise<void> {
  const { store, actor } = context;
  await store.transaction(async (tx) => {
    const cause = await tx.causes.lock(input.id);
    if (cause === null) throw new AppError("not-found", `There is no cause number ${input.id}.`);
    if (cause.mergedInto === null) throw new AppError("state-changed", "This cause stands for itself already.");
    const [into] = await tx.causes.records([cause.mergedInto]);
    await tx.causes.unmerge(input.id);
    await tx.audit.append([
      {
        actor,
        action: "cause.unmerged",
        subject: { kind: "cause", id: cause.mergedInto },
        queueId: cause.queueId,
        detail: { cause: nameOf(cause), causeId: cause.id, ...(into === undefined ? {} : { from: nameOf(into) }) },
      },
    ]);
  });
}
