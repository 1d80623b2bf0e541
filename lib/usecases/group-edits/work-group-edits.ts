import type { MessageCodec } from "@/lib/brokers/broker";
import type { NewAuditEvent } from "@/lib/domain/audit";
import { describeError } from "@/lib/domain/describe-error";
import type { Store, StoreScope } from "@/lib/store/ports";
import type { GroupEditItem, GroupEditRecord, TriedItem } from "@/lib/store/ports/group-edits";
import { measure } from "../edits/save-edit";
import { tryChange } from "./try-change";
import { workSingly } from "./work-singly";

const LEASE_SECONDS = 30;
/** Messages of one transaction: what a plan of the same queue, or the audit of others, waits for. */
const AT_ONCE = { trying: 100, saving: 25 };
/** A batch takes no further message after so long, ms: a hundred large bodies would outlast its transaction, and be begun again for ever. */
const BATCH_MS = 3_000;

/** What a person is told of it; the rest is in the log. */
const FAULT =
  "Something failed inside the console that nobody foresaw. The worker's log has the details under the id of this change.";

interface Context {
  readonly store: Store;
  readonly workerId: string;
  readonly codecFor: (broker: string) => MessageCodec;
  readonly log: { warn(fields: object, message: string): void };
  /** After it no further batch is begun. */
  readonly signal: AbortSignal;
  /** Each batch does one message at least. */
  readonly batchMs?: number;
}

/**
 * Goes on with one change of many messages by a batch, which is one transaction: a worker may die in it, and another takes it up after the
 * lease. What fails in a way that nobody foresaw is said on its page and tried again later, message by message first, so that one at which
 * it fails is left out and the rest goes on; others get on meanwhile. False: there is nothing to do. Rejects when the failure cannot be recorded either.
 */
export async function workGroupEdits(context: Context): Promise<boolean> {
  const { store, workerId, log } = context;
  const id = await store.groupEdits.claim(workerId, LEASE_SECONDS);
  if (id === null) return false;
  try {
    const found = await store.groupEdits.find(id);
    if (found !== null && found.fault !== null) {
      await workSingly({
        ...{ store, log, signal: context.signal, id, limit: AT_ONCE[stateOf(found)], times: found.fault.times },
        hold: (tx) => tx.groupEdits.hold(id, workerId, LEASE_SECONDS),
        next: async (tx, edit, after) => (await tx.groupEdits.next(id, stateOf(edit), { after, limit: 1 }))[0],
        work: async (tx, edit, item) => void (await work(tx, context, edit, [item])),
      });
    }
    let more = true;
    while (more && !context.signal.aborted) more = await store.transaction((tx) => workBatch(tx, context, id));
  } catch (error) {
    log.warn({ groupEdit: id, err: describeError(error) }, "a change of many messages was broken off");
    await store.groupEdits.fail(id, workerId, FAULT);
  }
  return true;
}

/** False: it is done, was cancelled, or another worker has it. */
async function workBatch(tx: StoreScope, context: Context, id: string): Promise<boolean> {
  const edit = await tx.groupEdits.hold(id, context.workerId, LEASE_SECONDS);
  if (edit === null) return false;
  const state = stateOf(edit);
  const items = await tx.groupEdits.next(id, state, { after: 0, limit: AT_ONCE[state] });
  const done = await work(tx, context, edit, items);
  const isLast = items.length < AT_ONCE[state] && done.length === items.length;
  if (isLast) await tx.groupEdits.finish(id, state === "trying" ? "tried" : "saved");
  return !isLast;
}

function stateOf({ state }: GroupEditRecord): "trying" | "saving" {
  return state === "trying" ? "trying" : "saving";
}

/** Their outcomes are recorded with what is done (R7). */
async function work(
  tx: StoreScope,
  context: Context,
  edit: GroupEditRecord,
  items: readonly GroupEditItem[],
): Promise<readonly TriedItem[]> {
  const done = await (stateOf(edit) === "trying" ? tryBatch : saveBatch)(tx, context, edit, items);
  await tx.groupEdits.record(edit.id, done);
  return done;
}

/** The first item, and those after it that are begun in time. */
function* inTime(items: readonly GroupEditItem[], { batchMs = BATCH_MS }: Context): Generator<GroupEditItem> {
  const until = performance.now() + batchMs;
  for (const [n, item] of items.entries()) {
    if (n > 0 && performance.now() >= until) return;
    yield item;
  }
}

async function tryBatch(
  tx: StoreScope,
  context: Context,
  edit: GroupEditRecord,
  items: readonly GroupEditItem[],
): Promise<TriedItem[]> {
  const tried: TriedItem[] = [];
  for (const item of inTime(items, context)) tried.push(await tryOne(tx, context, edit, item));
  return tried;
}

async function tryOne(
  tx: StoreScope,
  { codecFor }: Context,
  { change }: GroupEditRecord,
  { ordinal, deadLetterId }: GroupEditItem,
): Promise<TriedItem> {
  const current = await tx.edits.current(deadLetterId);
  const content = await tx.deadLetters.content(deadLetterId);
  if (content === null) return { ordinal, baseVersion: null, outcome: "refused", why: "it was forgotten" };
  const tried = await tryChange(codecFor(content.broker), content, current, change);
  const baseVersion = current?.version ?? 0;
  return { ordinal, baseVersion, outcome: tried.kind, why: tried.kind === "refused" ? tried.why : null };
}

/** The corrections, their events and the outcomes commit together (R7). */
async function saveBatch(
  tx: StoreScope,
  context: Context,
  edit: GroupEditRecord,
  items: readonly GroupEditItem[],
): Promise<TriedItem[]> {
  if (items.length === 0) return [];
  // As for one correction: a plan of this queue reads corrections and claims their messages in two looks.
  await tx.replays.lockPlanning(edit.queueId);
  const events: NewAuditEvent[] = [];
  const outcomes: TriedItem[] = [];
  for (const item of inTime(items, context)) {
    const saved = await saveOne(tx, context, edit, item);
    if ("event" in saved) events.push(saved.event);
    const { ordinal, baseVersion } = item;
    outcomes.push({
      ordinal,
      baseVersion,
      ...("event" in saved ? { outcome: "saved", why: null } : { outcome: "passed-over", why: saved.why }),
    });
  }
  await tx.audit.append(events);
  return outcomes;
}

async function saveOne(
  tx: StoreScope,
  { codecFor }: Context,
  { id, change, savedBy }: GroupEditRecord,
  { deadLetterId, baseVersion }: GroupEditItem,
): Promise<{ readonly event: NewAuditEvent } | { readonly why: string }> {
  if (savedBy === null) throw new Error(`the change ${id} is being saved by nobody`);
  const target = await tx.edits.lockTarget(deadLetterId);
  if (target === null) return { why: "it was forgotten" };
  if (target.leftAt !== null) return { why: "it has left its dead-letter queue" };
  if (target.liveReplayId !== null) return { why: "it is part of a replay that has not ended" };
  if ((target.current?.version ?? 0) !== baseVersion) return { why: "it was corrected in the meantime" };
  const content = await tx.deadLetters.content(deadLetterId);
  if (content === null) return { why: "it was forgotten" };
  const tried = await tryChange(codecFor(content.broker), content, target.current, change);
  if (tried.kind !== "change") return { why: tried.kind === "same" ? "it is so already" : tried.why };
  const version = target.latestVersion + 1;
  const { body, properties } = tried;
  const saved = await tx.edits.save({ deadLetterId, version, body, properties, createdBy: savedBy.id });
  return {
    event: {
      actor: { kind: "person", ...savedBy },
      action: "edit.saved",
      subject: { kind: "dead-letter", id: deadLetterId },
      queueId: target.queueId,
      detail: {
        editId: saved.id,
        version,
        groupEdit: id,
        body: body === null ? null : { before: measure(tried.original), after: measure(body) },
        properties: properties.map((step) =>
          "set" in step ? { name: step.name, set: step.set.type } : { name: step.name, removed: true },
        ),
      },
    },
  };
}
