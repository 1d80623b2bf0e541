import { type Broker, BrokerError } from "@/lib/brokers/broker";
import type { DoubtfulCopy, Evidence } from "@/lib/store/ports/guards";
import { receiversOf } from "./check-consumers";
import type { GuardContext } from "./guard-context";

/** Items of one look, messages of one page, and of one entity: the credits of a namespace are everybody's. */
const MOST_ITEMS = 200;
const PAGE = 250;
const MOST_MESSAGES = 5_000;

/**
 * Looks for copies in doubt among the messages of their target (R5): one that is there had arrived. One that is not may
 * still have arrived and been taken by a consumer, so that is no evidence, and said as it is.
 */
export async function lookForCopies(context: GuardContext): Promise<void> {
  const doubtful = await context.store.guards.claimDoubtful(context.workerId, MOST_ITEMS);
  const targets = new Map<string, DoubtfulCopy[]>();
  for (const copy of doubtful) {
    const target = JSON.stringify([copy.namespace, copy.targetPath]);
    targets.set(target, [...(targets.get(target) ?? []), copy]);
  }
  for (const copies of targets.values()) await lookInTarget(context, copies);
}

async function lookInTarget(context: GuardContext, copies: readonly DoubtfulCopy[]): Promise<void> {
  const [{ namespace, targetPath } = { namespace: "", targetPath: "" }] = copies;
  const broker = context.connections.get(namespace)?.broker;
  // Another worker has that namespace in its configuration.
  if (broker === undefined) return;
  const record = (items: readonly DoubtfulCopy[], evidence: Evidence) =>
    context.store.guards.recordEvidence(
      context.workerId,
      items.map(({ itemId }) => itemId),
      evidence,
    );
  let search: Search;
  try {
    search = await searchTarget(broker, targetPath, copies);
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    const words = `${targetPath} could not be looked into: ${error.message}`;
    await record(copies, { found: false, searched: 0, complete: false, words });
    return;
  }
  const { searched, complete, found } = search;
  for (const [path, items] of found) {
    await record(items, { found: true, searched, complete, words: `its copy is in ${path}: it had arrived` });
  }
  const there = new Set([...found.values()].flat());
  const missing = copies.filter((copy) => !there.has(copy));
  const extent = complete ? `all ${searched} messages` : `the first ${searched} messages, there are more`;
  const words = `not found in ${targetPath} (${extent}): it did not arrive, or a consumer has taken it already`;
  if (missing.length > 0) await record(missing, { found: false, searched, complete, words });
}

interface Search {
  readonly searched: number;
  readonly complete: boolean;
  /** By the entity that they were found in. */
  readonly found: ReadonlyMap<string, DoubtfulCopy[]>;
}

async function searchTarget(broker: Broker, targetPath: string, copies: readonly DoubtfulCopy[]): Promise<Search> {
  const wanted = new Map(copies.map((copy) => [copy.itemId, copy]));
  const found = new Map<string, DoubtfulCopy[]>();
  let searched = 0;
  let complete = true;
  for (const path of await receiversOf(broker, { targetPath, routeTo: null })) {
    const here: DoubtfulCopy[] = [];
    let seen = 0;
    for (let from = 0n; wanted.size > 0; ) {
      const page = await broker.peekActive(path, from, PAGE);
      const last = page.at(-1);
      if (last === undefined) break;
      seen += page.length;
      from = last.position + 1n;
      for (const { stamp, messageId } of page) {
        const copy = stamp === null ? undefined : wanted.get(stamp.itemId);
        // Consumers copy properties onto messages of their own: stamp and id together make a copy of ours.
        if (copy === undefined || copy.sentMessageId !== messageId) continue;
        here.push(copy);
        wanted.delete(copy.itemId);
      }
      if (seen >= MOST_MESSAGES) {
        complete = false;
        break;
      }
    }
    searched += seen;
    if (here.length > 0) found.set(path, here);
  }
  return { searched, complete, found };
}
