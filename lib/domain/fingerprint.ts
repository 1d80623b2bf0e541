import { createHash } from "node:crypto";
import { messageTypeOf } from "./message-type";
import { groupingKey, signatureOf } from "./signature";

/**
 * Raised when signatures come out differently. Workers then give the causes of older versions their new fingerprint, so that their numbers
 * and what people said of them stay.
 */
export const SIGNATURE_VERSION = 3;

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
 * Texts that are the same to the letter are common: brokers and frameworks write one for each way to fail. Null: it says nothing, so
 * that the subject, which is often another one for each message, or the message's type has to be looked at as well.
 */
const known = new Map<string, Fingerprint | null>();
const MOST_KNOWN = 500;
/** Longer texts are rarely the same, and are not worth their room. */
const MAX_KNOWN_TEXT = 1_000;

/**
 * What a dead letter died of: messages of one queue with the same fingerprint are one cause. A description that
 * says nothing lets the subject speak, and where there is none the message's type. Properties are not looked at before that.
 */
export function fingerprintOf(facts: Facts): Fingerprint {
  const { reason, description } = facts;
  const text = together(reason, description ?? NOTHING);
  const before = known.get(text);
  if (before === null) return withoutDescription(facts, text);
  if (before !== undefined) return before;
  const described = signatureOf(description ?? "");
  const made = /\p{L}/u.test(described) ? makeFingerprint(reason, described) : null;
  keep(text, made);
  return made ?? withoutDescription(facts, text);
}

/** What this version makes of a cause of an older one of which no message is left: its signature is read again. */
export function fingerprintOfSignature(reason: string, signature: string): Fingerprint {
  const [, field, text = ""] = /^(subject|type) (.+)$/s.exec(signature) ?? [];
  if (field === "subject") return makeFingerprint(reason, subjectSignature(text));
  if (field === "type") return makeFingerprint(reason, typeSignature(text));
  return fingerprintOf({ reason, description: signature, subject: null, properties: [] });
}

interface Facts {
  readonly reason: string;
  readonly description: string | null;
  readonly subject: string | null;
  readonly properties: readonly { readonly name: string; readonly value: string }[];
}

function withoutDescription(facts: Facts, text: string): Fingerprint {
  const { reason, description, subject } = facts;
  const [field, said] = isSaid(subject) ? ["subject", subject] : ["type", messageTypeOf(facts.properties)];
  // Begins with a letter: what is known by reason and description alone begins with a number.
  const key = `${field} ${together(text, said ?? NOTHING)}`;
  const before = known.get(key);
  if (before) return before;
  const speaking = said === null ? null : field === "subject" ? subjectSignature(said) : typeSignature(said);
  const made = makeFingerprint(reason, speaking ?? signatureOf(description ?? ""));
  keep(key, made);
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

function isSaid(subject: string | null): subject is string {
  return subject !== null && subject.trim() !== "";
}

function subjectSignature(subject: string): string {
  return `subject ${signatureOf(subject)}`;
}

/** What the names of types and their URIs are written with; addresses of people, queries and the like are not. */
const TYPE_NAME = /^[A-Za-z_][\w.$+:/[\],-]*$/;
/** A number of eight or more hexadecimal digits. */
const HEXADECIMAL = /(?<![a-z\d])(?=[a-f]*\d)[\da-f]{8,}(?![a-z\d])/i;

/** Names of types are kept with the few digits that they hold, which signatures take for an id's: "order.placed.v1", "OrderPlacedV2". */
function typeSignature(type: string): string {
  const isName = isCode(type) && TYPE_NAME.test(type) && !HEXADECIMAL.test(type);
  return `type ${isName ? type : signatureOf(type)}`;
}
