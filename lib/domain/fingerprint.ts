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

/**
 * Texts that are the same to the letter are common: brokers and frameworks write one for each way to fail. Null: the subject, which is often
 * another one for each message, has to be looked at as well.
 */
const known = new Map<string, Fingerprint | null>();
const MOST_KNOWN = 500;
/** Longer texts are rarely the same, and are not worth their room. */
const MAX_KNOWN_TEXT = 1_000;

/**
 * What a dead letter died of: messages of one queue with the same fingerprint are one cause. A description that
 * says nothing lets the subject speak.
 */
export function fingerprintOf({ reason, description, subject }: Facts): Fingerprint {
  const text = together(reason, description ?? NOTHING);
  const before = known.get(text);
  if (before === null) return bySubject(reason, description, subject);
  if (before !== undefined) return before;
  const described = signatureOf(description ?? "");
  const made = /\p{L}/u.test(described) ? makeFingerprint(reason, described) : null;
  keep(text, made);
  return made ?? bySubject(reason, description, subject);
}

interface Facts {
  readonly reason: string;
  readonly description: string | null;
  readonly subject: string | null;
}

function bySubject(reason: string, description: string | null, subject: string | null): Fingerprint {
  const text = together(together(reason, description ?? NOTHING), subject ?? NOTHING);
  const before = known.get(text);
  if (before) return before;
  const made = makeFingerprint(reason, subjectSignature(subject) || signatureOf(description ?? ""));
  keep(text, made);
  return made;
}

/** Texts that are different give another one: it tells where the first ends. */
const together = (first: string, second: string): string => `${first.length} ${first}${second}`;
/** No text that somebody wrote: these hold no NUL once they are storable. */
const NOTHING = "\0";

function keep(text: string, made: Fingerprint | null): void {
  if (text.length > MAX_KNOWN_TEXT) return;
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(text, made);
}

function makeFingerprint(said: string, signature: string): Fingerprint {
  const reason = isCode(said) ? said.trim() : signatureOf(said).slice(0, MAX_REASON);
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
