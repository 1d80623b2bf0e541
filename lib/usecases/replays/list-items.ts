import type * as z from "zod";
import type { ReplayItemRow, replayItemsQuery } from "@/lib/contracts/replays";
import { AppError } from "@/lib/domain/app-error";
import type { Store } from "@/lib/store/ports";

/** The ledger of one replay in the order of its messages, keyset-paged. */
export async function listItems(
  { store }: { store: Store },
  { id, ...query }: z.infer<typeof replayItemsQuery> & { id: string },
): Promise<{ items: ReplayItemRow[]; nextCursor: string | null }> {
  const page = await store.replays.items(id, query);
  if (page === null) throw new AppError("not-found", "There is no such replay.");
  return page;
}
