import type { MessageCodec } from "@/lib/brokers/broker";
import { BrokerError } from "@/lib/brokers/broker";
import type { Store } from "@/lib/store/ports";
import type { PendingMessage, SearchEntry } from "@/lib/store/ports/search";
import { describeForSearch } from "./describe-for-search";

type Present = NonNullable<PendingMessage["message"]>;

/**
 * Brings the search index up to date for up to `limit` messages: entries for those that are there, none for those that left. A
 * batch is one transaction: a worker may die in it, and the messages are pending again. `bare`: without looking into them, for a message that
 * cannot be indexed and must not hold up the others. Answers how many were done.
 */
export async function indexPending(
  { store, codecFor }: { store: Store; codecFor: (broker: string) => MessageCodec },
  { limit, bare = false }: { limit: number; bare?: boolean },
): Promise<number> {
  return store.transaction(async (tx) => {
    const pending = await tx.search.takePending(limit);
    const entries: (SearchEntry & { id: string; queueId: number })[] = [];
    const left: string[] = [];
    for (const { id, message } of pending) {
      if (message === null) left.push(id);
      else entries.push({ id, queueId: message.queueId, ...(bare ? NOTHING : await describe(message, codecFor)) });
    }
    await tx.search.remove(left);
    await tx.search.save(entries);
    return pending.length;
  });
}

const NOTHING: SearchEntry = {
  words: "",
  facts: [],
  fields: null,
  body: "unknown",
  gap: "all of it: it could not be indexed",
  traced: false,
};

function describe(message: Present, codecFor: (broker: string) => MessageCodec) {
  const { description, contentType, properties } = message;
  const fields = {
    id: message.messageId,
    subject: message.subject,
    correlation: message.correlationId,
    session: message.sessionId,
  };
  return describeForSearch({ description, contentType, properties, fields, ...viewOf(message, codecFor) });
}

function viewOf({ encoded, size, broker }: Present, codecFor: (broker: string) => MessageCodec) {
  if (encoded === null) {
    return { view: null, viewMissing: `its body: with ${size} bytes it is larger than what the console keeps` };
  }
  try {
    return { view: codecFor(broker).view(encoded), viewMissing: null };
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    return { view: null, viewMissing: "its body: the kept bytes cannot be read as a message" };
  }
}
