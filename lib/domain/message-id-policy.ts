import { namesOf } from "./names-of";
/** Which MessageId a copy carries, and why (R10). Pure; the figures are counted by the store. */

export type MessageIdPolicy = "preserve" | "new";

/** Duplicate detection of the target; null: it could not be read. */
export type Detection = { readonly enabled: boolean; readonly windowSeconds: number } | null;

/** The longest window that Service Bus allows: the worst when the setting cannot be read. */
export const LONGEST_WINDOW_SECONDS = 7 * 86_400;

export interface IdFacts {
  readonly detection: Detection;
  readonly total: number;
  /** Messages whose id may still be inside the window. */
  readonly insideWindow: number;
  /** Messages beyond the first that carry an id which another one of the set carries too. */
  readonly sameId: number;
  readonly withoutId: number;
  readonly consumers: readonly IdConsumer[];
  /** Whose copies carry no stamps, so that only a new id tells a copy from its original; null: all carry them. */
  readonly stampless: string | null;
}

/** Who gets copies, and how it knows a message that it had before; empty: nobody has said. */
interface IdConsumer {
  readonly entityPath: string;
  readonly deduplicatesBy: readonly ("message-id" | "business-key" | "nothing")[];
}

export interface IdChoice {
  readonly policy: MessageIdPolicy;
  readonly why: string;
}

/** Seconds for which the target may drop a known id; 0: it never does. Unreadable counts as the longest window. */
export function worstWindowSeconds(detection: Detection): number {
  if (detection === null) return LONGEST_WINDOW_SECONDS;
  return detection.enabled ? detection.windowSeconds : 0;
}

/**
 * Chooses the policy for "auto", and explains either way what it means for this target and its consumer. What is at stake: a
 * kept id may be dropped by the target, or skipped by a consumer that noted it before it failed; a new one makes a consumer
 * that knows messages by their id do its work a second time. Null: the choice is impossible, without stamps ids must be new.
 */
export function chooseMessageIdPolicy(asked: "auto" | MessageIdPolicy, facts: IdFacts): IdChoice | null {
  if (facts.stampless !== null) {
    if (asked === "preserve") return null;
    return {
      policy: "new",
      why: `${facts.stampless} carry no stamps, so only a new id tells them from their originals.${safeResend(facts.detection)}${newIdMeans(facts)}`,
    };
  }
  switch (asked) {
    case "new":
      return {
        policy: "new",
        why: `Chosen: every copy gets a new id, made from its item, the same in every attempt.${safeResend(facts.detection)}${newIdMeans(facts)}`,
      };
    case "preserve":
      return {
        policy: "preserve",
        why: `Chosen: every copy keeps its id. ${targetOnKept(facts)}${keptIdMeans(facts)}`,
      };
    case "auto":
      return chooseByItself(facts);
  }
}

function chooseByItself(facts: IdFacts): IdChoice {
  const { detection } = facts;
  if (knowingBy("message-id", facts).length > 0) {
    return {
      policy: "preserve",
      why: `A new id could repeat what is already done: the copies keep theirs.${keptIdMeans(facts)} ${targetOnKept(facts)}`,
    };
  }
  if (detection === null) {
    return {
      policy: "new",
      why: `The target's duplicate detection could not be read. Counted as on: a kept id could be dropped without a word, so every copy gets a new one.${newIdMeans(facts)}`,
    };
  }
  if (!detection.enabled) {
    return {
      policy: "preserve",
      why: `The target has no duplicate detection, so no copy is dropped for its id.${keptIdMeans(facts)}`,
    };
  }
  const window = describeWindow(detection.windowSeconds);
  const reasons = [
    facts.insideWindow > 0 ? `${facts.insideWindow} of ${facts.total} ids may still be inside it` : null,
    facts.sameId > 0 ? `${facts.sameId} messages share an id with another` : null,
    facts.withoutId > 0 ? `${facts.withoutId} messages have no id` : null,
  ].filter((reason) => reason !== null);
  if (reasons.length > 0) {
    return {
      policy: "new",
      why: `The target drops ids that it has seen within ${window}: ${reasons.join(", ")}. Every copy gets a new id, the same in every attempt.${safeResend(detection)}${newIdMeans(facts)}`,
    };
  }
  return {
    policy: "preserve",
    why: `The target drops ids that it has seen within ${window}, and all of these are older and differ: the copies keep their ids.${safeResend(detection)}${keptIdMeans(facts)}`,
  };
}

/** What the target does with kept ids. */
function targetOnKept({ detection, insideWindow, sameId }: IdFacts): string {
  if (detection === null)
    return "The target's duplicate detection could not be read and counts as on: ids that may be inside the window are refused.";
  if (!detection.enabled) return "The target has no duplicate detection.";
  const window = describeWindow(detection.windowSeconds);
  if (insideWindow + sameId === 0) return `The target drops ids that it has seen within ${window}; none of these is.`;
  return `The target drops ids that it has seen within ${window}: such messages are refused here. Wait until the window is over, or choose new ids.`;
}

/** What the consumers do with a new id. */
function newIdMeans(facts: IdFacts): string {
  return meanings(facts, {
    "message-id": (who) =>
      `${who} messages by their MessageId and will not know these: what is already done of them is done a second time.`,
    unsaid: (whom) =>
      `Nobody has said how ${whom} a message again: one that goes by the MessageId does its work a second time.`,
    "business-key": (who) => `${who} messages by a business key, so a new id repeats nothing there.`,
    nothing: (who) => `${who} no message again, whatever its id.`,
  });
}

/** What the consumers do with a kept id. */
function keptIdMeans(facts: IdFacts): string {
  return meanings(facts, {
    "message-id": (who) =>
      `${who} messages by their MessageId: one whose id was noted before it failed is skipped there.`,
    unsaid: (whom) => `Nobody has said how ${whom} a message again: one that goes by the MessageId still knows them.`,
    "business-key": (who) => `${who} messages by a business key, so the id matters to the target alone.`,
    nothing: (who) => `${who} no message again: a second copy would do its work twice.`,
  });
}

/** A sentence for each way in which consumers know messages; the strongest first. */
const WAYS = ["message-id", "unsaid", "business-key", "nothing"] as const;

function meanings(facts: IdFacts, words: Record<(typeof WAYS)[number], (who: string) => string>): string {
  return WAYS.map((way) => {
    const consumers = knowingBy(way, facts);
    if (consumers.length === 0) return "";
    const who = consumerWords(consumers);
    return ` ${words[way](way === "unsaid" ? who.replace("The", "the") : who)}`;
  }).join("");
}

/** Those that know messages in one way, or of which nobody has said how. */
export function knowingBy<C extends IdConsumer>(
  way: (typeof WAYS)[number],
  { consumers }: { readonly consumers: readonly C[] },
): C[] {
  return consumers.filter(({ deduplicatesBy }) =>
    way === "unsaid" ? deduplicatesBy.length === 0 : deduplicatesBy.includes(way),
  );
}

/** "The consumer of orders knows", "The consumers of billing and audit know". */
export function consumerWords(consumers: readonly Pick<IdConsumer, "entityPath">[]): string {
  const names = entitiesOf(consumers);
  return consumers.length === 1 ? `The consumer of ${names} knows` : `The consumers of ${names} know`;
}

const NAMES_SHOWN = 3;

/** Consumers by the entities that they read. */
export function entitiesOf(consumers: readonly Pick<IdConsumer, "entityPath">[]): string {
  return namesOf(
    consumers.map(({ entityPath }) => entityPath),
    NAMES_SHOWN,
  );
}

function safeResend(detection: Detection): string {
  return detection?.enabled ? " Should a send be in doubt, the target recognises a second copy." : "";
}

/** "10 min", "36 h", "45 s": a duration for a sentence. */
export function describeWindow(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/** The new id of an item's copies: from the item alone, so that every attempt carries the same. */
export function newMessageId(itemId: string): string {
  return `replay-${itemId}`;
}
