import type { CauseDetail } from "@/lib/contracts/queues";
import { AppError } from "@/lib/domain/app-error";
import type { Store } from "@/lib/store/ports";

/**
 * One cause with its figures, and its queue. Without the right to see payloads its example is left out, since a
 * description may quote a payload. Throws `AppError` "not-found".
 */
export async function getCause(
  context: { readonly store: Store; readonly mayReadPayloads: boolean },
  input: { readonly id: string },
): Promise<CauseDetail> {
  const cause = await context.store.queues.cause(input.id);
  if (cause === null) throw new AppError("not-found", `There is no cause number ${input.id}.`);
  return context.mayReadPayloads ? cause : { ...cause, cause: { ...cause.cause, example: null } };
}
