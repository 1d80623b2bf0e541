import type { CauseDetail } from "@/lib/contracts/queues";
import { AppError } from "@/lib/domain/app-error";
import type { Store } from "@/lib/store/ports";
import type { CauseWorkRecord } from "@/lib/store/ports/causes";
import { joinWork, readNotes } from "./describe-work";

/**
 * One cause with its figures, what people said of it, and its queue; a cause that is merged into another gives that one. Without the
 * right to see payloads its example is left out, since a description may quote a payload. Throws `AppError` "not-found".
 */
export async function getCause(
  context: { readonly store: Store; readonly mayReadPayloads: boolean },
  input: { readonly id: string },
): Promise<CauseDetail> {
  const { store } = context;
  const work = await readShown(store, input.id);
  const record = work.find(({ record }) => record.mergedInto === null)?.record;
  if (record === undefined) throw noSuchCause(input.id);
  const merged = work.flatMap((part) => (part.record.mergedInto === record.id ? [part.record] : []));
  const [found, notes] = await Promise.all([store.queues.cause(record), readNotes(store, record, merged)]);
  const [cause] = found === null ? [] : joinWork([found.cause], work, new Date(found.at));
  if (found === null || cause === undefined) throw noSuchCause(input.id);
  return { ...found, cause: context.mayReadPayloads ? cause : { ...cause, example: null }, notes };
}

/** A cause that stands for itself and those that are merged into it; of a merged one, of the cause that shows it. */
async function readShown(store: Store, id: string): Promise<CauseWorkRecord[]> {
  const work = await store.causes.work([id]);
  const into = work.find(({ record }) => record.id === id)?.record.mergedInto ?? null;
  return into === null ? work : store.causes.work([into]);
}

function noSuchCause(id: string): AppError {
  return new AppError("not-found", `There is no cause number ${id}.`);
}
