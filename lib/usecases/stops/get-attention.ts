import type { Attention } from "@/lib/contracts/stops";
import type { Store } from "@/lib/store/ports";

/** What every page shows: the stops that stand, and how many plans wait for a second person. */
export async function getAttention({ store }: { store: Store }): Promise<Attention> {
  const [at, stops, awaitingApproval] = await Promise.all([
    store.now(),
    store.stops.standing(),
    store.replays.countAwaitingApproval(),
  ]);
  return { at: at.toISOString(), stops, awaitingApproval };
}
