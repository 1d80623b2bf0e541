import { BrokerError, type MessageCodec } from "@/lib/brokers/broker";
import { HEADER_LIMIT_BYTES, type RefusalCode, STAMP_BYTES } from "@/lib/domain/refusals";
import { judgeReach, type SubscriptionAnswer } from "@/lib/domain/subscriptions";
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
  /** Where the consumer's business key stands; null: not looked at. */
  readonly businessKey: string | null;
  readonly now: Date;
}

export interface CopyFindings {
  readonly refused: ReadonlyMap<RefusalCode, number>;
  /**
   * By the place of the subscription: copies that it gets, those unknown, those that it would get were they not refused for
   * their route, and matches by the place of the rule.
   */
  readonly subscriptions: readonly {
    readonly copies: number;
    readonly unknown: number;
    readonly wouldGet: number;
    readonly matches: readonly number[];
  }[];
  /** The rules were asked of every copy; else the same holds for all of them. */
  readonly askedEach: boolean;
  /** Of the business key: messages beyond the first with one that another has, and messages without; null: not looked. */
  readonly repeatedKeys: { readonly repeated: number; readonly without: number } | null;
}

/**
 * Makes every copy that could be refused for what it holds, as the engine will, and looks at it (R10): edits, stamps and
 * the rules of a topic included. Refuses in the ledger what may not go. Unaltered messages for a queue need no such look.
 */
export async function checkCopies(tx: StoreScope, replayId: string, check: CopyCheck): Promise<CopyFindings> {
  const { reach } = check;
  const all = reach?.asksEach === true || check.terms.routeTo !== null || check.businessKey !== null;
  const tally = new Tally(reach);
  for (let after = 0; ; ) {
    const { items, through } = await tx.plans.copies(replayId, after, all ? "all" : "notable");
    const refused: { id: string; code: RefusalCode }[] = [];
    for (const item of items) {
      const verdict = lookAt(item, check);
      if (verdict.code !== null) refused.push({ id: item.id, code: verdict.code });
      tally.add(verdict);
      if (check.businessKey !== null && verdict.code === null) tally.addKey(keyOf(item, check, check.businessKey));
    }
    await tx.plans.refuse(refused);
    if (through === null) return tally.findings(all, check.businessKey !== null);
    after = through;
  }
}

interface Verdict {
  readonly code: RefusalCode | null;
  readonly answers: readonly SubscriptionAnswer[];
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
  const receivers = reach.subscriptions.filter((_, place) => answers[place]?.receives !== false);
  if (item.sessionId === null && receivers.every(({ requiresSession }) => requiresSession === true)) {
    return { code: "no-session", answers };
  }
  return { code: null, answers };
}

function keyOf(item: PlannedCopy, { codec }: CopyCheck, where: string): string | null {
  if (item.encoded === null) return null;
  const edited =
    item.edit === null
      ? item.encoded
      : codec.prepareCopy(item.encoded, {
          ...(item.edit.body === null ? {} : { body: item.edit.body }),
          properties: item.edit.properties,
          stamp: null,
        }).encoded;
  try {
    return businessKeyOf(where, codec.view(edited));
  } catch (error) {
    // It is sent as it came; that nobody can look into its body concerns the key alone.
    if (error instanceof BrokerError) return null;
    throw error;
  }
}

class Tally {
  readonly #refused = new Map<RefusalCode, number>();
  readonly #subscriptions: { copies: number; unknown: number; wouldGet: number; matches: number[] }[];
  readonly #keys = new Set<string>();
  #repeated = 0;
  #without = 0;

  constructor(reach: TopicReach | null) {
    this.#subscriptions = (reach?.subscriptions ?? []).map(({ rules }) => ({
      copies: 0,
      unknown: 0,
      wouldGet: 0,
      matches: (rules ?? []).map(() => 0),
    }));
  }

  add({ code, answers }: Verdict): void {
    if (code !== null) this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1);
    if (code !== null && code !== "route-leaks" && code !== "route-misses") return;
    for (const [place, answer] of answers.entries()) {
      const counts = this.#subscriptions[place];
      if (counts === undefined) continue;
      if (code !== null) counts.wouldGet += answer.receives === false ? 0 : 1;
      else if (answer.receives === null) counts.unknown += 1;
      else if (answer.receives) counts.copies += 1;
      for (const rule of answer.matching) counts.matches[rule] = (counts.matches[rule] ?? 0) + 1;
    }
  }

  addKey(key: string | null): void {
    if (key === null) this.#without += 1;
    else if (this.#keys.has(key)) this.#repeated += 1;
    else this.#keys.add(key);
  }

  findings(askedEach: boolean, withKeys: boolean): CopyFindings {
    return {
      refused: this.#refused,
      subscriptions: this.#subscriptions,
      askedEach,
      repeatedKeys: withKeys ? { repeated: this.#repeated, without: this.#without } : null,
    };
  }
}
