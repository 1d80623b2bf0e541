import { type Broker, BrokerError } from "@/lib/brokers/broker";
import type { Store } from "@/lib/store/ports";
import type { WantedContent } from "@/lib/store/ports/content-fetches";

/** How long a fetched message stays to be looked at, in seconds. */
const KEEP_SECONDS = 3_600;
const LEASE_SECONDS = 30;
/** They are large: one after the other. */
const AT_ONCE = 4;

/**
 * Fetches the messages that people look at and that are larger than what is kept: a peek of one each, which changes nothing at the
 * broker. What cannot be fetched says why. Answers how many were wanted.
 */
export async function fetchContents(context: {
  readonly store: Store;
  readonly workerId: string;
  readonly brokers: ReadonlyMap<string, Broker>;
  readonly signal: AbortSignal;
}): Promise<number> {
  const { store, workerId, brokers, signal } = context;
  const wanted = await store.contentFetches.claim({
    worker: workerId,
    namespaces: [...brokers.keys()],
    limit: AT_ONCE,
    leaseSeconds: LEASE_SECONDS,
  });
  for (const want of wanted) {
    if (signal.aborted) break;
    const outcome = await fetchOne(brokers.get(want.namespace) as Broker, want);
    if (outcome.kind === "fetched") {
      await store.contentFetches.keep(want.deadLetterId, workerId, outcome.encoded, KEEP_SECONDS);
    } else {
      await store.contentFetches.fail(want.deadLetterId, workerId, outcome.why);
    }
  }
  return wanted.length;
}

type Outcome =
  | { readonly kind: "fetched"; readonly encoded: Uint8Array }
  | { readonly kind: "failed"; readonly why: string };

async function fetchOne(broker: Broker, want: WantedContent): Promise<Outcome> {
  try {
    const [message] = await broker.peek(want, want.position, 1);
    if (message === undefined || message.key !== want.key) {
      return { kind: "failed", why: "It is no longer in its dead-letter queue; the next walk through it will tell." };
    }
    if (Buffer.compare(message.contentHash, want.contentHash) !== 0) {
      return {
        kind: "failed",
        why: "Another message stands in its place now; the next walk through the queue will tell.",
      };
    }
    return { kind: "fetched", encoded: message.encoded };
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    return { kind: "failed", why: error.message };
  }
}
