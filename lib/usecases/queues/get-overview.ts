import type { Overview } from "@/lib/contracts/queues";
import type { Store } from "@/lib/store/ports";

/** Every DLQ of the configured namespaces, worst first, with reason × age over all of them. */
export async function getOverview(context: { readonly store: Store }): Promise<Overview> {
  return context.store.queues.overview();
}
