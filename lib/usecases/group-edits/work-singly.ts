import { describeError } from "@/lib/domain/describe-error";
import type { Store, StoreScope } from "@/lib/store/ports";
import type { GroupEditItem, GroupEditRecord } from "@/lib/store/ports/group-edits";

/** Failures in a row after which a message is left out although no other is there to show that the fault is its own: half a minute. */
const PATIENCE = 5;
/** The same where several are left, which an outage may explain, and others got through before: some ten minutes. */
const LONG_PATIENCE = 15;
/** Messages that are looked at then for one that gets through, and for how long at most, ms: others wait. */
const MOST_LOOKED_AT = 1_000;
const LONGEST_LOOK_MS = 60_000;

interface Work {
  readonly store: Store;
  readonly log: { warn(fields: object, message: string): void };
  /** After it no further message is begun. */
  readonly signal: AbortSignal;
  readonly id: string;
  /** Messages that are looked at, at most. */
  readonly limit: number;
  /** Failures in a row so far. */
  readonly times: number;
  /** The row, held by this worker until the transaction ends; null: it has it no longer, or nothing is to be done. */
  readonly hold: (tx: StoreScope) => Promise<GroupEditRecord | null>;
  readonly next: (tx: StoreScope, edit: GroupEditRecord, after: number) => Promise<GroupEditItem | undefined>;
  /** Tries or saves it, and records that. */
  readonly work: (tx: StoreScope, edit: GroupEditRecord, item: GroupEditItem) => Promise<void>;
}

type Single =
  | { readonly kind: "done"; readonly item: GroupEditItem }
  | { readonly kind: "failed"; readonly item: GroupEditItem; readonly error: unknown }
  /** No message is left, or the worker no longer has the group edit. */
  | { readonly kind: "over" };

/**
 * Goes on with a group edit that failed, each message in a transaction of its own, so that one at which the worker fails shows. It is
 * tried once more after the others, and left out if it fails again and another got through: then the fault is in the message, not in
 * what all of them need; or, where none is left but such, others did before and it has failed for long. Rejects with the first failure
 * otherwise: nothing is left out of a group edit because, say, the audit cannot be written for some minutes.
 */
export async function workSingly(work: Work): Promise<void> {
  const failed: (Single & { kind: "failed" })[] = [];
  let through = 0;
  let after = 0;
  let isOver = false;
  const most = work.times >= LONG_PATIENCE ? MOST_LOOKED_AT : work.limit;
  const until = performance.now() + LONGEST_LOOK_MS;
  const isEnough = () => {
    const looked = through + failed.length;
    if (looked < work.limit) return work.signal.aborted;
    return through > 0 || looked >= most || performance.now() > until || work.signal.aborted;
  };
  while (!isOver && !isEnough()) {
    const single = await workOne(work, after);
    if (single.kind === "done") through += 1;
    if (single.kind === "failed") failed.push(single);
    if (single.kind === "over") isOver = true;
    else after = single.item.ordinal;
  }
  const [first] = failed;
  if (first === undefined) return;
  if (through === 0 && !(isOver && (await isTheirOwn(work, failed.length)))) throw first.error;
  for (const { item } of failed) {
    const again = await workOne(work, item.ordinal - 1);
    if (again.kind === "failed") await leaveOut(work, again);
  }
}

/** Whether the fault lies in the messages that are left, since it has lasted so long: in the only one, or in all that others did not share. */
async function isTheirOwn({ store, id, times }: Work, left: number): Promise<boolean> {
  if (left === 1) return times >= PATIENCE;
  if (times < LONG_PATIENCE) return false;
  const edit = await store.groupEdits.find(id);
  const through = edit?.state === "trying" ? ["change", "same", "refused"] : ["saved"];
  return (await store.groupEdits.counts(id)).some(({ outcome }) => outcome !== null && through.includes(outcome));
}

async function workOne(work: Work, after: number): Promise<Single> {
  const at: { item: GroupEditItem | undefined } = { item: undefined };
  try {
    await work.store.transaction(async (tx) => {
      const edit = await work.hold(tx);
      if (edit === null) return;
      at.item = await work.next(tx, edit, after);
      if (at.item !== undefined) await work.work(tx, edit, at.item);
    });
  } catch (error) {
    // Before a message was read the fault is in none.
    if (at.item === undefined) throw error;
    return { kind: "failed", item: at.item, error };
  }
  return at.item === undefined ? { kind: "over" } : { kind: "done", item: at.item };
}

async function leaveOut({ store, log, id, hold }: Work, { item, error }: Single & { kind: "failed" }): Promise<void> {
  const { ordinal, baseVersion, deadLetterId } = item;
  const isLeftOut = await store.transaction(async (tx) => {
    if ((await hold(tx)) === null) return false;
    await tx.groupEdits.record(id, [{ ordinal, baseVersion, outcome: "failed", why: null }]);
    return true;
  });
  if (!isLeftOut) return;
  log.warn(
    { groupEdit: id, deadLetter: deadLetterId, err: describeError(error) },
    "a message was left out of a change of many",
  );
}
