import type * as z from "zod";
import type { ReplaySummary, replaysQuery } from "@/lib/contracts/replays";
import type { Store } from "@/lib/store/ports";

/** Replays, newest first, keyset-paged. */
export async function listReplays(
  { store }: { store: Store },
  query: z.infer<typeof replaysQuery>,
): Promise<{ items: ReplaySummary[]; nextCursor: string | null }> {
  return store.replays.list(query);
}
