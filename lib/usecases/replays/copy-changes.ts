import type { CopyChanges } from "@/lib/brokers/broker";
import { newMessageId } from "@/lib/domain/message-id-policy";
import type { ClaimedItem } from "@/lib/store/ports/ledger";

/** What a plan decides of its copies, besides their edits. */
export interface CopyTerms {
  readonly messageIdPolicy: "preserve" | "new";
  readonly expiryPolicy: "keep" | "renew" | "none";
  readonly deliverAt: Date | null;
  readonly routeTo: string | null;
  readonly stamps: boolean;
}

/** How an item's copy differs from its original: the plan looks at exactly what the engine sends. `now` begins a renewed life. */
export function copyChanges(
  terms: CopyTerms,
  item: Pick<ClaimedItem, "id" | "attempt" | "key" | "edit">,
  now: Date,
): CopyChanges {
  const { edit } = item;
  return {
    ...(terms.messageIdPolicy === "new" ? { messageId: newMessageId(item.id) } : {}),
    ...(edit?.body ? { body: edit.body } : {}),
    ...(edit === null ? {} : { properties: edit.properties }),
    ...expiryOf(terms, now),
    ...(terms.deliverAt === null ? {} : { scheduledFor: terms.deliverAt }),
    ...(terms.routeTo === null ? {} : { route: terms.routeTo }),
    stamp: terms.stamps ? { itemId: item.id, attempt: item.attempt, originalKey: item.key } : null,
  };
}

function expiryOf({ expiryPolicy, deliverAt }: CopyTerms, now: Date): Pick<CopyChanges, "expiry"> {
  switch (expiryPolicy) {
    case "keep":
      return {};
    case "renew":
      // A copy that is kept back begins to live when it is delivered; one that is sent after that time, now.
      return { expiry: { policy: "renew", at: deliverAt !== null && deliverAt > now ? deliverAt : now } };
    case "none":
      return { expiry: { policy: "none" } };
  }
}
