import type { ItemState } from "@/lib/domain/replay-states";
import { J_MS } from "@/lib/domain/throttle";
import type { RecordEntry } from "@/lib/testing/replay-bench";
import { rateExcess } from "../rate-excess";

/** A change of an item's state as the ledger committed it. */
export interface Transition {
  readonly itemId: string;
  readonly from: ItemState;
  readonly to: ItemState;
  readonly attempt: number;
  /** Of an intent: what it says will be sent. */
  readonly messageId: string | null;
  readonly hash: string | null;
  readonly judged: boolean;
  /** When it was committed, ms since 1970. */
  readonly at: number;
}

/** What one replay sent, seen by the broker and by the ledger after its end. */
export interface Sends {
  readonly name: string;
  /** The target drops ids that it knows, for all of the time that this took. */
  readonly detection: boolean;
  readonly mayResend: boolean;
  readonly ordered: boolean;
  readonly rate: number;
  readonly burst: number;
  readonly sendTimeoutMs: number;
  readonly items: readonly {
    readonly id: string;
    readonly key: string;
    readonly ordinal: number;
    readonly sessionId: string | null;
    readonly state: ItemState;
  }[];
  readonly transitions: readonly Transition[];
  /** The broker's record of the target, in its order. */
  readonly target: readonly RecordEntry[];
  /** Items that audit events showed as uncertain, repetitions counted. */
  readonly shownUncertain: number;
}

/** The same with what became of the originals. */
export interface Case extends Sends {
  /** The broker's record of the dead-letter queue, in its order. */
  readonly source: readonly RecordEntry[];
  /** What is still in the dead-letter queue. */
  readonly left: ReadonlySet<string>;
}

/** Clocks of three processes on one machine are compared. */
const SLACK_MS = 3;

interface Arrival {
  readonly entry: RecordEntry;
  readonly place: number;
  readonly intent: Transition;
}

/**
 * Judges a replay by the broker's own record; answers every rule that was broken, in words. Each arrival at the broker is
 * matched to one committed intent by the hash of its bytes, which names item and attempt.
 */
export function judge(given: Case): string[] {
  const removed = new Map(given.source.filter(({ event }) => event === "completed").map((e) => [e.sequenceNumber, e]));
  return judgeBy(given, (item, own, steps) => judgeOriginal(given, item, own, steps, removed.get(item.key)));
}

/** The same of what was sent alone, where there are no originals (a restore), or the entity with them is not the one that it was. */
export function judgeSends(given: Sends): string[] {
  return judgeBy(given, () => []);
}

function judgeBy(
  given: Sends,
  judgeItem: (item: Sends["items"][number], own: readonly Arrival[], steps: readonly Transition[]) => string[],
): string[] {
  const found: string[] = [];
  const arrivals = matchArrivals(given, found);
  const byItem = groupBy(given.transitions, ({ itemId }) => itemId);
  for (const item of given.items) {
    const own = arrivals.get(item.id) ?? [];
    const steps = byItem.get(item.id) ?? [];
    const words = [...judgeCopies(given, own, steps), ...judgeItem(item, own, steps)];
    found.push(...words.map((word) => `${given.name} ${item.key}: ${word}`));
  }
  found.push(...judgeOrder(given, arrivals), ...judgeShown(given), ...judgeRate(given));
  return found;
}

const arrivalEvents = new Set(["accepted", "dropped-duplicate"]);

/** R2, R8: whatever came has a committed intent of these very bytes, and each intent was sent once at most. */
function matchArrivals(given: Sends, found: string[]): Map<string, Arrival[]> {
  const intents = new Map(
    given.transitions
      .filter(({ to, hash }) => to === "sending" && hash !== null)
      .map((intent) => [intent.hash, intent]),
  );
  const arrivals = new Map<string, Arrival[]>();
  const used = new Set<Transition>();
  for (const [place, entry] of given.target.entries()) {
    if (!arrivalEvents.has(entry.event)) continue;
    const what = `${given.name}: a copy with id ${entry.messageId} came to the broker`;
    const intent = intents.get(entry.sha256);
    if (intent === undefined) {
      found.push(`R2: ${what} and no intent says these bytes`);
      continue;
    }
    if (intent.at > entry.at + SLACK_MS)
      found.push(`R2: ${what} ${(intent.at - entry.at).toFixed(1)} ms before its intent was committed`);
    if (used.has(intent)) found.push(`R5: ${what} twice for one intent`);
    if (intent.messageId !== entry.messageId) found.push(`R2: ${what}, and its intent says ${intent.messageId}`);
    used.add(intent);
    const own = arrivals.get(intent.itemId) ?? [];
    own.push({ entry, place, intent });
    arrivals.set(intent.itemId, own);
  }
  return arrivals;
}

/** Nothing twice inside a detection window; outside one, no second copy that was not shown as uncertain before (R5). */
function judgeCopies(given: Sends, own: readonly Arrival[], steps: readonly Transition[]): string[] {
  const found: string[] = [];
  const accepted = own.filter(({ entry }) => entry.event === "accepted");
  if (given.detection && accepted.length > 1) found.push(`arrived ${accepted.length} times although ids are detected`);
  for (const [n, later] of own.entries()) {
    const earlier = own[n - 1];
    if (earlier === undefined) continue;
    const between = steps.filter(({ at }) => at >= earlier.intent.at && at <= later.intent.at);
    if (!between.some(({ to }) => to === "uncertain"))
      found.push("R5: sent again without having been shown as uncertain");
    if (!given.detection && !given.mayResend && !later.intent.judged)
      found.push("R5: sent again although its policy holds doubt for a person");
    if (earlier.entry.at > later.intent.at + SLACK_MS)
      found.push("R5: its first sender could still write when it was sent again");
  }
  return found;
}

/** Nothing is lost: each original is in the dead-letter queue, or a copy was taken before it was removed (R3). */
function judgeOriginal(
  given: Case,
  item: Case["items"][number],
  own: readonly Arrival[],
  steps: readonly Transition[],
  removed: RecordEntry | undefined,
): string[] {
  const found: string[] = [];
  const isLeft = given.left.has(item.key);
  const first = own[0];
  if (!isLeft && first === undefined) found.push(`lost: neither in the target nor in the DLQ, ${item.state}`);
  if (isLeft && item.state === "settled") found.push("settled, and its original is still there");
  if (first === undefined && (item.state === "sent" || item.state === "settled"))
    found.push(`R3: ${item.state}, and no copy of it has come`);
  if (removed !== undefined) {
    if (first === undefined || first.entry.at > removed.at + SLACK_MS)
      found.push("R3: removed before its copy was taken");
    const recorded = steps.find(({ to }) => to === "sent");
    if (recorded === undefined || recorded.at > removed.at + SLACK_MS)
      found.push("R3: removed before the ledger said that it was sent");
  } else if (!isLeft) found.push("its original has gone, and not by a completion");
  if (item.state === "gone" || item.state === "changed") found.push(`R1: ${item.state}, and nobody has touched it`);
  return found;
}

/** A session stops at the first of these: nothing behind it may be sent. */
const ENDS_SESSION: ReadonlySet<ItemState> = new Set(["gone", "changed", "refused", "failed"]);

/**
 * R13: within a session the copies come in the order of the set, each after the broker has taken the one before, and none comes of what is
 * behind a message that will not be sent.
 */
function judgeOrder(given: Sends, arrivals: ReadonlyMap<string, readonly Arrival[]>): string[] {
  if (!given.ordered) return [];
  const found: string[] = [];
  const sessions = groupBy(
    given.items.flatMap((item) => (arrivals.get(item.id) ?? []).map((arrival) => ({ item, arrival }))),
    ({ item }) => item.sessionId,
  );
  for (const [session, sent] of sessions) {
    if (session === null) continue;
    let last: (typeof sent)[number] | null = null;
    for (const next of sent.toSorted((a, b) => a.arrival.place - b.arrival.place)) {
      if (last !== null && last.item.ordinal > next.item.ordinal)
        found.push(`R13: ${given.name} session ${session}: ${next.item.key} came after ${last.item.key}`);
      last = next;
    }
    const end = given.items
      .filter(({ sessionId, state }) => sessionId === session && ENDS_SESSION.has(state))
      .toSorted((a, b) => a.ordinal - b.ordinal)[0];
    if (end === undefined) continue;
    const behind = new Set(sent.filter(({ item }) => item.ordinal > end.ordinal).map(({ item }) => item.key));
    for (const key of behind)
      found.push(`R13: ${given.name} session ${session}: ${key} came although ${end.key} is ${end.state}`);
  }
  return found;
}

/** R5, R7: every doubt was shown, in the audit record too. */
function judgeShown(given: Sends): string[] {
  const doubts = given.transitions.filter(({ from, to }) => from === "sending" && to === "uncertain").length;
  if (given.shownUncertain >= doubts) return [];
  return [`R7: ${given.name}: ${doubts} times an item became uncertain, ${given.shownUncertain} were audited`];
}

/** R6 over every window, whoever died in it. */
function judgeRate(given: Sends): string[] {
  const times = given.target.filter(({ event }) => arrivalEvents.has(event)).map(({ at }) => at);
  const allowed = (given.rate * (J_MS + given.sendTimeoutMs)) / 1000 + given.burst;
  const excess = rateExcess(times, given.rate);
  return excess <= allowed ? [] : [`R6: ${given.name}: ${excess.toFixed(1)} sends above the rate, allowed ${allowed}`];
}

function groupBy<T, K>(rows: readonly T[], keyOf: (row: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups;
}
