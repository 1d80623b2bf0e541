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

/** Chooses the policy for "auto", and explains either way what it means for this target. */
export function chooseMessageIdPolicy(asked: "auto" | MessageIdPolicy, facts: IdFacts): IdChoice {
  const { detection } = facts;
  if (asked === "new")
    return {
      policy: "new",
      why: `Chosen: every copy gets a new id, made from its item, the same in every attempt.${safeResend(detection)}`,
    };
  if (asked === "preserve")
    return { policy: "preserve", why: `Chosen: every copy keeps its id. ${preserveMeans(facts)}` };
  if (detection === null) {
    return {
      policy: "new",
      why: "The target's duplicate detection could not be read. Counted as on: a kept id could be dropped without a word, so every copy gets a new one.",
    };
  }
  if (!detection.enabled) {
    return {
      policy: "preserve",
      why: "The target has no duplicate detection, so no copy is dropped for its id. Consumers that know messages by their id still know them.",
    };
  }
  const reasons = [
    facts.insideWindow > 0 ? `${facts.insideWindow} of ${facts.total} ids may still be inside it` : null,
    facts.sameId > 0 ? `${facts.sameId} messages share an id with another` : null,
    facts.withoutId > 0 ? `${facts.withoutId} messages have no id` : null,
  ].filter((reason) => reason !== null);
  const window = describeWindow(detection.windowSeconds);
  if (reasons.length > 0) {
    return {
      policy: "new",
      why: `The target drops ids that it has seen within ${window}: ${reasons.join(", ")}. Every copy gets a new id, the same in every attempt.${safeResend(detection)}`,
    };
  }
  return {
    policy: "preserve",
    why: `The target drops ids that it has seen within ${window}, and all of these are older and differ: the copies keep their ids.${safeResend(detection)}`,
  };
}

function preserveMeans(facts: IdFacts): string {
  if (facts.detection === null)
    return "The target's duplicate detection could not be read and counts as on: ids that may be inside the window are refused.";
  if (!facts.detection.enabled) return "The target has no duplicate detection.";
  return `The target drops ids that it has seen within ${describeWindow(facts.detection.windowSeconds)}: these messages are refused.`;
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
