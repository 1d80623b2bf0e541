import { setTimeout as delay } from "node:timers/promises";
import type { Broker } from "@/lib/brokers/broker";
import type { Store } from "@/lib/store/ports";

/** What Service Bus Standard charges: a message peeked one credit, a call to its management ten. */
const MANAGEMENT_CREDITS = 10;
/** A turn waits so long for credits; for longer it lets go of its DLQ. */
const MAX_WAIT_MS = 3_000;

export interface CreditBudget {
  readonly store: Store;
  /** Credits of one namespace, over all workers. */
  readonly perSecond: number;
  readonly signal: AbortSignal;
}

/** Thrown before a read: the credits of the namespace are used up for so long that another turn should come back for it. */
export class OutOfCredits extends Error {
  override readonly name = "OutOfCredits";
  readonly seconds: number;

  constructor(seconds: number) {
    super("the scan's credits are used up");
    this.seconds = seconds;
  }
}

/**
 * A broker whose reads stay within a share of the namespace's credits, so that scans never throttle the traffic that they watch over. A
 * read begins when all of it has come due, is of a second's credits at most, and gives back what it did not use. Management calls are paid, not delayed: they are few.
 */
export function withCreditBudget(broker: Broker, budget: CreditBudget): Broker {
  const spend = (credits: number) => budget.store.scans.spendCredits(broker.namespace, credits, budget.perSecond);

  async function pay(credits: number): Promise<void> {
    const wait = await spend(credits);
    if (wait > MAX_WAIT_MS) {
      await spend(-credits);
      throw new OutOfCredits(wait / 1000);
    }
    // Timers drop fractions of a millisecond, and may be one early.
    if (wait > 0) await delay(Math.ceil(wait) + 1, undefined, { signal: budget.signal }).catch(() => {});
  }

  async function managed<T>(call: () => Promise<T>): Promise<T> {
    await spend(MANAGEMENT_CREDITS);
    return call();
  }

  return {
    namespace: broker.namespace,
    capabilities: broker.capabilities,
    async peek(queue, from, max) {
      const most = Math.min(max, Math.ceil(budget.perSecond));
      await pay(most);
      const messages = await broker.peek(queue, from, most);
      const unused = most - Math.max(1, messages.length);
      if (unused > 0) await spend(-unused);
      return messages;
    },
    listQueues: () => managed(() => broker.listQueues()),
    countDeadLetters: (queue) => managed(() => broker.countDeadLetters(queue)),
    listSubscriptions: (path) => managed(() => broker.listSubscriptions(path)),
    listTargets: () => managed(() => broker.listTargets()),
    // Replays alone call these, under their own throttle.
    countActive: (path) => broker.countActive(path),
    peekActive: (path, from, max) => broker.peekActive(path, from, max),
    openReceiver: (queue) => broker.openReceiver(queue),
    openSender: (path) => broker.openSender(path),
    close: () => broker.close(),
  };
}
