import { timingSafeEqual } from "node:crypto";
import type { Confirmed } from "@/lib/contracts/confirmations";
import { AppError } from "@/lib/domain/app-error";
import type { Store } from "@/lib/store/ports";
import { readTokenText } from "./token-text";

/** Calls of one token: a second, and at once. A call names up to a thousand copies. */
const LIMIT = { perSecond: 20, burst: 60 };
const NOBODY = Buffer.alloc(32);

/**
 * A consumer says that it has handled copies (R12). The ledger keeps when and by which token; said again, nothing changes.
 * Throws "not-signed-in" for a token that is not good, "too-many-requests" past its limit.
 */
export async function confirmItems(
  { store }: { store: Store },
  { token, readItems }: { token: string | null; readItems: () => Promise<readonly string[]> },
): Promise<Confirmed> {
  const given = token === null ? null : readTokenText(token);
  const found = given === null ? null : await store.confirmations.findToken(given.id);
  // Compared also when there is nothing to compare with: how long it takes tells nothing.
  const proven = timingSafeEqual(given?.hash ?? NOBODY, found?.hash ?? Buffer.alloc(32, 1));
  if (found === null || !proven) {
    throw new AppError(
      "not-signed-in",
      "The token is missing, not known, or revoked. Send Authorization: Bearer and the token.",
    );
  }
  const waitMs = await store.confirmations.admit(found.id, LIMIT);
  if (waitMs > 0) {
    throw new AppError(
      "too-many-requests",
      `A token may call ${LIMIT.perSecond} times a second. Try again in ${Math.ceil(waitMs / 1000)} s, with more items a call.`,
    );
  }
  const items = [...new Set(await readItems())];
  const { now, before } = await store.confirmations.confirm(found, items);
  const known = new Set([...now, ...before]);
  return { confirmed: now.length, already: before.length, unknown: items.filter((item) => !known.has(item)) };
}
