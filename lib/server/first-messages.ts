import { type DeadLetterPage, type DeadLetterQuery, deadLetterQuery } from "@/lib/contracts/dead-letters";
import { AppError } from "@/lib/domain/app-error";
import { isTooSlow } from "@/lib/store/is-too-slow";
import type { Store } from "@/lib/store/ports";
import { listDeadLetters } from "@/lib/usecases/dead-letters/list-dead-letters";

/**
 * The first page of a message list for the first paint. Null when its filter cannot be read, may not be asked or takes
 * too long: the view asks again and shows why.
 */
export async function firstMessages(
  context: { readonly store: Store; readonly mayReadPayloads: boolean },
  list: Partial<DeadLetterQuery>,
): Promise<DeadLetterPage | null> {
  const query = deadLetterQuery.safeParse({ ...list, limit: 100 });
  if (!query.success) return null;
  try {
    return await listDeadLetters(context, query.data);
  } catch (error) {
    if (error instanceof AppError || isTooSlow(error)) return null;
    throw error;
  }
}
