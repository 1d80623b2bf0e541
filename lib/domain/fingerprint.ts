import { createHash } from "node:crypto";

export const SIGNATURE_VERSION = 1;

export interface Fingerprint {
  readonly reason: string;
  readonly signature: string;
  readonly signatureVersion: number;
  /** sha256 over version, reason and signature, hex. */
  readonly fingerprint: string;
}

/** What a dead letter died of: messages of one queue with the same fingerprint are one cause. */
export function fingerprintOf(facts: {
  readonly reason: string;
  readonly description: string | null;
  readonly subject: string | null;
}): Fingerprint {
  const signature = facts.description === null ? "" : signatureOf(facts.description);
  const fingerprint = createHash("sha256")
    .update(JSON.stringify([SIGNATURE_VERSION, facts.reason, signature]))
    .digest("hex");
  return { reason: facts.reason, signature, signatureVersion: SIGNATURE_VERSION, fingerprint };
}

/** A description with what differs from message to message taken out. */
export function signatureOf(description: string): string {
  return description
    .slice(0, 4_000)
    .replace(/[0-9]+/g, "<n>")
    .trim();
}
