import { createHash } from "node:crypto";
import { groupingKey, signatureOf } from "./signature";

/**
 * Raised when signatures come out differently. Workers then give the causes of older versions their new fingerprint, so that their numbers
 * and what people said of them stay.
 */
export const SIGNATURE_VERSION = 2;

const MAX_REASON = 300;

export interface Fingerprint {
  /** The reason code. A reason that is a sentence, with values in it, is reduced to its signature. */
  readonly reason: string;
  readonly signature: string;
  readonly signatureVersion: number;
  /** sha256 over version, reason and the signature's grouping key, hex. */
  readonly fingerprint: string;
}

/** Texts that are the same to the letter are common: brokers and frameworks write one for each way to fail. */
const known = new Map<string, Fingerprint>();
const MOST_KNOWN = 500;
/** Longer texts are rarely the same, and are not worth their room. */
const MAX_KNOWN_TEXT = 1_000;

/**
 * What a dead letter died of: messages of one queue with the same fingerprint are one cause. A description that
 * says nothing lets the subject speak.
 */
export function fingerprintOf(facts: {
  readonly reason: string;
  readonly description: string | null;
  readonly subject: string | null;
}): Fingerprint {
  const text = JSON.stringify([facts.reason, facts.description, facts.subject]);
  const before = known.get(text);
  if (before !== undefined) return before;
  const made = makeFingerprint(facts);
  if (text.length <= MAX_KNOWN_TEXT) {
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(text, made);
  }
  return made;
}

function makeFingerprint(facts: Parameters<typeof fingerprintOf>[0]): Fingerprint {
  const reason = isCode(facts.reason) ? facts.reason.trim() : signatureOf(facts.reason).slice(0, MAX_REASON);
  const described = signatureOf(facts.description ?? "");
  const signature = /\p{L}/u.test(described) ? described : subjectSignature(facts.subject) || described;
  const fingerprint = createHash("sha256")
    .update(JSON.stringify([SIGNATURE_VERSION, reason, groupingKey(signature)]))
    .digest("hex");
  return { reason, signature, signatureVersion: SIGNATURE_VERSION, fingerprint };
}

/** One word without an id in it, which is what reason codes are: "MaxDeliveryCountExceeded", "E-1042". */
function isCode(reason: string): boolean {
  return reason.length <= 100 && !/\s/.test(reason.trim()) && !/\d{5}|[0-9a-f]{8}-[0-9a-f]{4}-/i.test(reason);
}

function subjectSignature(subject: string | null): string {
  if (subject === null || subject.trim() === "") return "";
  return `subject ${signatureOf(subject)}`;
}
