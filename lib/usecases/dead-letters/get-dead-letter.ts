import type { DeadLetterDetail } from "@/lib/contracts/dead-letters";
import { AppError } from "@/lib/domain/app-error";
import type { Store } from "@/lib/store/ports";

/**
 * Facts of one dead letter and the replays of it and of what it is a copy of; also after it left. The payload is
 * another use case. Throws `AppError` "not-found".
 */
export async function getDeadLetter(
  context: { readonly store: Store; readonly mayReadPayloads: boolean },
  input: { readonly id: string },
): Promise<DeadLetterDetail> {
  const detail = await context.store.deadLetters.detail(input.id);
  if (detail === null) throw new AppError("not-found", `There is no dead letter number ${input.id}.`);
  return context.mayReadPayloads ? detail : { ...detail, row: { ...detail.row, description: null } };
}
