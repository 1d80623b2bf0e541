import type { Store } from "@/lib/store/ports";

/** Every token that was made, and the namespaces that one can be made for. */
export function listConfirmTokens({ store }: { store: Store }) {
  return store.confirmations.tokens();
}
