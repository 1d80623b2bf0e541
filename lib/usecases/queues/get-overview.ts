import type { Overview } from "@/lib/contracts/queues";
import type { AgeClock } from "@/lib/domain/age";
import type { Store } from "@/lib/store/ports";

/** Every DLQ of the configured namespaces, worst first, with reason × age over all of them; ages by the enqueued time unless asked for otherwise. */
export async function getOverview(context: { readonly store: Store }, clock?: AgeClock): Promise<Overview> {
  return context.store.queues.overview(clock);
}
