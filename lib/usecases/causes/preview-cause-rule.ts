import { setImmediate as nextTurn } from "node:timers/promises";
import type { NewCauseRule, RulePreview } from "@/lib/contracts/causes";
import type { Store } from "@/lib/store/ports";
import type { GroupedMessage } from "@/lib/store/ports/causes";
import { compileRule } from "./compile-rule";
import { draftRule } from "./draft-rule";

/** Messages of one read, and messages and time after which a preview says what it has seen. */
const READ = 2_000;
const AT_MOST = 20_000;
const MS = 3_000;
const EXAMPLES = 5;
/** Messages that are asked before others get their turn. */
const TURN = 20;

/**
 * What a rule would match among the messages that are there, newest first, without making it. It looks at so many as it can in a few
 * seconds and says how many. Throws "invalid-input" (an expression that cannot be read), "not-found".
 */
export async function previewCauseRule(context: { readonly store: Store }, input: NewCauseRule): Promise<RulePreview> {
  const { store } = context;
  const draft = await draftRule(store, input);
  const rule = compileRule({ ...draft, id: 0 });
  const messages = await store.causes.countMessages(draft.queueId);
  const matched: GroupedMessage[] = [];
  const until = performance.now() + MS;
  let lookedAt = 0;
  let before: string | null = null;
  while (lookedAt < AT_MOST && performance.now() < until) {
    const page = await store.causes.newestMessages(draft.queueId, before, READ);
    let asked = 0;
    for (const message of page) {
      // A slow expression over long texts: other requests of this process get their turn, and the person an answer.
      if (asked % TURN === 0 && asked > 0) {
        if (performance.now() >= until) break;
        await nextTurn();
      }
      const isAsked = draft.within.length === 0 || draft.within.includes(message.fingerprint);
      if (isAsked && rule.matches(message)) matched.push(message);
      asked += 1;
    }
    lookedAt += asked;
    before = page.at(-1)?.id ?? null;
    if (page.length < READ || asked < page.length) break;
  }
  return {
    messages: Math.max(messages, lookedAt),
    lookedAt,
    matched: matched.length,
    causes: await countCauses(store, matched),
    examples: matched.slice(0, EXAMPLES).map((message) => ({
      id: message.id,
      text: [message.reason, message.description]
        .filter((part) => part)
        .join(": ")
        .slice(0, 300),
    })),
  };
}

async function countCauses(store: Store, matched: readonly GroupedMessage[]): Promise<RulePreview["causes"]> {
  const counts = new Map<string, number>();
  for (const { causeId } of matched) counts.set(causeId, (counts.get(causeId) ?? 0) + 1);
  const records = await store.causes.records([...counts.keys()]);
  return records
    .map(({ id, reason, signature }) => ({ id, reason, signature, matched: counts.get(id) ?? 0 }))
    .toSorted((a, b) => b.matched - a.matched || Number(BigInt(a.id) - BigInt(b.id)));
}
