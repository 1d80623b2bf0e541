import type * as z from "zod";
import type { ReplayPage, replaysQuery } from "@/lib/contracts/replays";
import type { Store } from "@/lib/store/ports";

/** Replays, newest first, keyset-paged. */
export async function listReplays(
  { store }: { store: Store },
  query: z.infer<typeof replaysQuery>,
): Promise<ReplayPage> {
  const [page, at] = await Promise.all([store.replays.list(query), store.now()]);
  return { ...page, at: at.toISOString() };
}
