import type { BrokerMessage } from "@/lib/brokers/broker";

/** Messages of one peek at most: about what Service Bus returns. */
const MAX_MESSAGES = 250;
const FIRST_MESSAGES = 50;
/** How much more than the last page a page may ask for: sizes of a few messages say little of the next. */
const GROWTH = 4;
/** Bytes that one page should hold in memory. */
const PAGE_BYTES = 8 * 1024 * 1024;

/** How many messages the next peek asks for, judged by the sizes of those read last. */
export function nextPageSize(last: readonly BrokerMessage[]): number {
  if (last.length === 0) return FIRST_MESSAGES;
  const bytes = last.reduce((sum, message) => sum + message.encoded.length, 0);
  return Math.max(
    1,
    Math.min(MAX_MESSAGES, FIRST_MESSAGES + last.length * GROWTH, Math.floor((PAGE_BYTES * last.length) / bytes)),
  );
}
