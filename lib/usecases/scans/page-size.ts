import type { BrokerMessage } from "@/lib/brokers/broker";

/** Messages of one peek at most: about what Service Bus returns. */
const MAX_MESSAGES = 250;
const FIRST_MESSAGES = 50;
/** Bytes that one page should hold in memory. */
const PAGE_BYTES = 8 * 1024 * 1024;

/** How many messages the next peek asks for, judged by the sizes of the last page; null: none was read yet. */
export function nextPageSize(last: readonly BrokerMessage[] | null): number {
  if (last === null || last.length === 0) return FIRST_MESSAGES;
  const bytes = last.reduce((sum, message) => sum + message.encoded.length, 0);
  return Math.max(1, Math.min(MAX_MESSAGES, last.length * 4 + 10, Math.floor((PAGE_BYTES * last.length) / bytes)));
}
