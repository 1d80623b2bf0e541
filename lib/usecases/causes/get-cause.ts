import type { CauseDetail } from "@/lib/contracts/queues";
import { AppError } from "@/lib/domain/app-error";
import type { Store } from "@/lib/store/ports";
import { readNotes, withWork } from "./describe-work";

/**
 * One cause with its figures, what people said of it, and its queue; a cause that is merged into another gives that one. Without the
 * right to see payloads its example is left out, since a description may quote a payload. Throws `AppError` "not-found".
 */
export async function getCause(
  context: { readonly store: Store; readonly mayReadPayloads: boolean },
  input: { readonly id: string },
): Promise<CauseDetail> {
  const { store } = context;
  const [record] = await store.causes.records([input.id]);
  const found = record === undefined ? null : await store.queues.cause(record.mergedInto ?? record.id);
  const [cause] = found === null ? [] : await withWork(store, [found.cause], new Date(found.at));
  if (found === null || cause === undefined) throw new AppError("not-found", `There is no cause number ${input.id}.`);
  return {
    ...found,
    cause: context.mayReadPayloads ? cause : { ...cause, example: null },
    notes: await readNotes(store, cause),
  };
}
