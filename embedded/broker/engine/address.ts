import type { QueueRole } from "./queue-contract";

/** What a link's address names. Entity names keep their case here; they are compared without it. */
export type Address =
  | { readonly kind: "cbs" }
  | { readonly kind: "entity"; readonly path: string; readonly role: QueueRole; readonly management: boolean };

const MANAGEMENT = "/$management";
const TRANSFER_DEAD_LETTER = "/$transfer/$deadletterqueue";
const DEAD_LETTER = "/$deadletterqueue";

/**
 * Reads "queue", "topic", "topic/Subscriptions/name", each with "/$DeadLetterQueue" or "/$Transfer/$DeadLetterQueue", and each
 * of those with "/$management". Also takes an address with a scheme and host before it.
 */
export function parseAddress(text: string): Address {
  let path = text.replace(/^(?:amqps?|sb):\/\/[^/]*/i, "").replace(/^\/+/, "");
  if (path.toLowerCase() === "$cbs") return { kind: "cbs" };
  let management = false;
  if (path.toLowerCase().endsWith(MANAGEMENT)) {
    management = true;
    path = path.slice(0, -MANAGEMENT.length);
  }
  let role: QueueRole = "main";
  const lower = path.toLowerCase();
  if (lower.endsWith(TRANSFER_DEAD_LETTER)) {
    role = "transfer-dead-letter";
    path = path.slice(0, -TRANSFER_DEAD_LETTER.length);
  } else if (lower.endsWith(DEAD_LETTER)) {
    role = "dead-letter";
    path = path.slice(0, -DEAD_LETTER.length);
  }
  return { kind: "entity", path, role, management };
}

/** Whether a queue or topic may be called so. */
export function isEntityName(text: string): boolean {
  return text.length <= 260 && /^[\p{L}\p{Nd}](?:[\p{L}\p{Nd}._~/-]*[\p{L}\p{Nd}])?$/u.test(text);
}

/** Splits "topic/Subscriptions/name"; null for a queue or topic. */
export function parseSubscriptionPath(path: string): { topic: string; name: string } | null {
  const match = /^(.+)\/subscriptions\/([^/]+)$/i.exec(path);
  if (match === null) return null;
  return { topic: match[1] as string, name: match[2] as string };
}
