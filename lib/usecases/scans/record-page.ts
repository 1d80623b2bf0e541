import type { PeekedMessage } from "@/lib/brokers/broker";
import type { Actor } from "@/lib/domain/audit";
import type { NewDeadLetter, PageScope, ReturnedCopy, ScanProgress } from "@/lib/store/ports/scans";
import { ClaimLost, type ScanContext } from "./scan-context";
import { toNewDeadLetter } from "./to-new-dead-letter";

const SCANNER: Actor = { kind: "system", id: null, name: "scanner" };

/** Bytes of message contents that go into one statement. */
const STATEMENT_BYTES = 4 * 1024 * 1024;
/** New messages of a page that are no trickle. */
const MANY_NEW = 100;
/** Ids that one event of returned copies names; the count is exact in any case. */
const NAMED_ITEMS = 50;

export interface PeekedPage {
  readonly from: bigint;
  /** Null: the peek showed the end of the DLQ. */
  readonly through: bigint | null;
  /** The database's clock, read before the peek was sent. */
  readonly before: Date;
  readonly messages: readonly PeekedMessage[];
}

/**
 * Takes one peeked page over in one transaction: progress, what left, what is new, which copies came back, and the
 * audit of these. A worker that dies in it leaves nothing behind; the page is read again. Returns the database's clock for the next peek.
 * Throws `ClaimLost`.
 */
export async function recordPage(context: ScanContext, page: PeekedPage, progress: ScanProgress): Promise<Date> {
  const { store, queue } = context;
  for (;;) {
    const { at, more, taken } = await store.page(async (tx) => {
      const at = await tx.advance(queue.id, context.workerId, progress, context.leaseSeconds);
      if (at === null) throw new ClaimLost();
      const outcome = await tx.compare({ ...page, queueId: queue.id });
      const unknown = outcome.unknown.flatMap((index) => page.messages[index] ?? []);
      const returned: ReturnedCopy[] = [];
      for (const group of groupsOf(unknown.map((message) => toNewDeadLetter(message, context)))) {
        returned.push(...(await tx.ingest(queue.id, queue.walkNumber, group)));
      }
      await auditReturned(tx, queue.id, returned);
      return { at, more: outcome.more, taken: unknown.length };
    });
    if (taken >= MANY_NEW) context.onIntake?.();
    if (!more || context.signal.aborted) return at;
  }
}

function* groupsOf(messages: readonly NewDeadLetter[]): Generator<NewDeadLetter[]> {
  let group: NewDeadLetter[] = [];
  let bytes = 0;
  for (const message of messages) {
    const length = message.encoded?.length ?? 0;
    if (group.length > 0 && bytes + length > STATEMENT_BYTES) {
      yield group;
      group = [];
      bytes = 0;
    }
    group.push(message);
    bytes += length;
  }
  if (group.length > 0) yield group;
}

/** One event a replay and page (R7). */
async function auditReturned(tx: PageScope, queueId: number, returned: readonly ReturnedCopy[]): Promise<void> {
  const replays = new Set(returned.map((copy) => copy.replayId));
  await tx.audit(
    [...replays].map((replayId) => {
      const copies = returned.filter((copy) => copy.replayId === replayId);
      return {
        actor: SCANNER,
        action: "replay.item-returned",
        subject: { kind: "replay", id: replayId },
        queueId,
        replayId,
        detail: {
          count: copies.length,
          items: copies.slice(0, NAMED_ITEMS).map((copy) => ({ item: copy.itemId, returnedAs: copy.deadLetterId })),
        },
      };
    }),
  );
}
