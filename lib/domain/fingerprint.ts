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
 * What a dead letter died of: messages of one queue with the same fingerprint are one cause. A description that
 * says nothing lets the subject speak.
 */
export function fingerprintOf(facts: {
  readonly reason: string;
  readonly description: string | null;
  readonly subject: string | null;
}): Fingerprint {
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
