import { BrokerError, type MessageCodec } from "@/lib/brokers/broker";
import { HEADER_LIMIT_BYTES, type RefusalCode, STAMP_BYTES } from "@/lib/domain/refusals";
import { isLostSessionless, judgeReach, type SubscriptionAnswer, sessionlessEnds } from "@/lib/domain/subscriptions";
import type { StoreScope } from "@/lib/store/ports";
import type { PlannedCopy } from "@/lib/store/ports/plans";
import { businessKeyOf } from "./business-key";
import { type CopyTerms, copyChanges } from "./copy-changes";
import type { TopicReach } from "./topic-reach";

export interface CopyCheck {
  readonly codec: MessageCodec;
  readonly terms: CopyTerms;
  readonly maxBytes: number;
  /** Null: the target is no topic, or its subscriptions are not known. */
  readonly reach: TopicReach | null;
  /** The subscription of the target that the messages died in; null: they did not come from there. */
  readonly cameThrough: string | null;
  /** Where the consumers' business keys stand. */
  readonly businessKeys: readonly string[];
  readonly now: Date;
}

export interface CopyFindings {
  readonly refused: ReadonlyMap<RefusalCode, number>;
  /**
   * By the place of the subscription: copies that it gets, those unknown, those that it would get were they not refused for
   * their route, and by the place of the rule those that it matches, and those of which that is not known.
   */
  readonly subscriptions: readonly {
    readonly copies: number;
    readonly unknown: number;
    readonly wouldGet: number;
    readonly matches: readonly { readonly sure: number; readonly unsure: number }[];
  }[];
  /** By the place of the subscription: copies that die there, since it takes none without SessionId, while others take them. */
  readonly sessionless: readonly number[];
  /** The rules were asked of every copy; else the same holds for all of them. */
  readonly askedEach: boolean;
  /** Of each business key: messages beyond the first with one that another has, and messages without. */
  readonly businessKeys: readonly { readonly where: string; readonly repeated: number; readonly without: number }[];
}

/**
 * Makes every copy that could be refused for what it holds, as the engine will, and looks at it (R10): edits, stamps and
 * the rules of a topic included. Refuses in the ledger what may not go. Unaltered messages for a queue need no such look.
 */
export async function checkCopies(tx: StoreScope, replayId: string, check: CopyCheck): Promise<CopyFindings> {
  const { reach } = check;
  const all = reach?.asksEach === true || check.terms.routeTo !== null || check.businessKeys.length > 0;
  const tally = new Tally(reach, check.businessKeys);
  for (let after = 0; ; ) {
    const { items, through } = await tx.plans.copies(replayId, after, all ? "all" : "notable");
    const refused: { id: string; code: RefusalCode }[] = [];
    for (const item of items) {
      const verdict = lookAt(item, check);
      if (verdict.code !== null) refused.push({ id: item.id, code: verdict.code });
      tally.add(verdict);
      if (verdict.code === null && check.businessKeys.length > 0) tally.addKeys(keysOf(item, check));
    }
    await tx.plans.refuse(refused);
    if (through === null) return tally.findings(all);
    after = through;
  }
}

interface Verdict {
  readonly code: RefusalCode | null;
  readonly answers: readonly SubscriptionAnswer[];
  /** Places of the subscriptions that take no such copy; missing: none. */
  readonly diesIn?: readonly number[];
}

function lookAt(item: PlannedCopy, check: CopyCheck): Verdict {
  const { codec, terms, reach } = check;
  if (item.encoded === null) return lookAtFacts(item, check);
  let encoded: Uint8Array;
  try {
    encoded = codec.prepareCopy(item.encoded, copyChanges(terms, { ...item, attempt: 1 }, check.now)).encoded;
  } catch (error) {
    if (error instanceof BrokerError) return { code: "no-copy", answers: [] };
    throw error;
  }
  if (encoded.length > check.maxBytes) return { code: "too-large", answers: [] };
  if (codec.headerBytes(encoded) > HEADER_LIMIT_BYTES) return { code: "header-too-large", answers: [] };
  return reach === null ? { code: null, answers: [] } : judge(item, reach.ask(encoded), check, reach);
}

/** The console keeps no copy of the message: what is not known of it counts as the worst. */
function lookAtFacts(item: PlannedCopy, check: CopyCheck): Verdict {
  const head = item.headSize + STAMP_BYTES + propertyBytes(item.edit);
  const body = item.edit?.body?.length ?? item.size - item.headSize;
  if (head + body > check.maxBytes) return { code: "too-large", answers: [] };
  if (head > HEADER_LIMIT_BYTES) return { code: "header-too-large", answers: [] };
  return check.reach === null ? { code: null, answers: [] } : judge(item, check.reach.constant(), check, check.reach);
}

/** Of the properties that an edit sets, at most: what they replace is not taken off. */
function propertyBytes(edit: PlannedCopy["edit"]): number {
  const set = (edit?.properties ?? []).flatMap((change) => ("set" in change ? [change] : []));
  return set.reduce((sum, { name, set }) => sum + Buffer.byteLength(name) + Buffer.byteLength(set.value) + 10, 0);
}

function judge(
  item: PlannedCopy,
  answers: readonly SubscriptionAnswer[],
  { terms, cameThrough }: CopyCheck,
  reach: TopicReach,
): Verdict {
  const verdict = judgeReach(answers, {
    routeTo: terms.routeTo,
    cameThrough: item.edit === null ? cameThrough : null,
  });
  if (verdict !== "reaches") return { code: verdict, answers };
  if (item.sessionId !== null) return { code: null, answers };
  if (isLostSessionless(reach.subscriptions, answers, cameThrough)) return { code: "no-session", answers };
  return { code: null, answers, diesIn: sessionlessEnds(reach.subscriptions, answers) };
}

/** The message's business keys, in the order of the places. */
function keysOf(item: PlannedCopy, { codec, businessKeys }: CopyCheck): (string | null)[] {
  if (item.encoded === null) return businessKeys.map(() => null);
  const edited =
    item.edit === null
      ? item.encoded
      : codec.prepareCopy(item.encoded, {
          ...(item.edit.body === null ? {} : { body: item.edit.body }),
          properties: item.edit.properties,
          stamp: null,
        }).encoded;
  try {
    const view = codec.view(edited);
    return businessKeys.map((where) => businessKeyOf(where, view));
  } catch (error) {
    // It is sent as it came; that nobody can look into its body concerns the key alone.
    if (error instanceof BrokerError) return businessKeys.map(() => null);
    throw error;
  }
}

class Tally {
  readonly #refused = new Map<RefusalCode, number>();
  readonly #subscriptions: {
    copies: number;
    unknown: number;
    wouldGet: number;
    matches: { sure: number; unsure: number }[];
  }[];
  readonly #sessionless: number[];
  readonly #keys: { readonly where: string; readonly seen: Set<string>; repeated: number; without: number }[];

  constructor(reach: TopicReach | null, businessKeys: readonly string[]) {
    this.#keys = businessKeys.map((where) => ({ where, seen: new Set(), repeated: 0, without: 0 }));
    this.#sessionless = (reach?.subscriptions ?? []).map(() => 0);
    this.#subscriptions = (reach?.subscriptions ?? []).map(({ rules }) => ({
      copies: 0,
      unknown: 0,
      wouldGet: 0,
      matches: (rules ?? []).map(() => ({ sure: 0, unsure: 0 })),
    }));
  }

  add({ code, answers, diesIn = [] }: Verdict): void {
    for (const place of diesIn) this.#sessionless[place] = (this.#sessionless[place] ?? 0) + 1;
    if (code !== null) this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1);
    if (code !== null && code !== "route-leaks" && code !== "route-misses") return;
    for (const [place, answer] of answers.entries()) {
      const counts = this.#subscriptions[place];
      if (counts === undefined) continue;
      if (code !== null) counts.wouldGet += answer.receives === false ? 0 : 1;
      else if (answer.receives === null) counts.unknown += 1;
      else if (answer.receives) counts.copies += 1;
      for (const [rule, matches] of counts.matches.entries()) {
        if (answer.matching.includes(rule)) matches.sure += 1;
        if (answer.unsure?.includes(rule)) matches.unsure += 1;
      }
    }
  }

  /** Given in the order of their places. */
  addKeys(keys: readonly (string | null)[]): void {
    for (const [place, counts] of this.#keys.entries()) {
      const key = keys[place] ?? null;
      if (key === null) counts.without += 1;
      else if (counts.seen.has(key)) counts.repeated += 1;
      else counts.seen.add(key);
    }
  }

  findings(askedEach: boolean): CopyFindings {
    return {
      refused: this.#refused,
      subscriptions: this.#subscriptions,
      sessionless: this.#sessionless,
      askedEach,
      businessKeys: this.#keys.map(({ where, repeated, without }) => ({ where, repeated, without })),
    };
  }
}
