import type { ContentFetchView } from "@/lib/contracts/dead-letters";
import type { Store } from "@/lib/store/ports";

/** How fetching a message stands that somebody looks at. No look itself: nothing of the message is in the answer. */
export async function watchContentFetch(
  { store }: { readonly store: Store },
  { id }: { readonly id: string },
): Promise<ContentFetchView> {
  return (await store.contentFetches.find(id)) ?? { state: "none", error: null };
}
