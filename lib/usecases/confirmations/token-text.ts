import { createHash, randomBytes } from "node:crypto";

/** "dlqc_<id without dashes>_<secret>": found by its id, proven by its secret, of which the store keeps a hash. */
const SHAPE = /^dlqc_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

export function makeTokenText(id: string): { readonly text: string; readonly hash: Buffer } {
  // 256 random bits: nobody guesses them, so that a fast hash is enough.
  const secret = randomBytes(32).toString("base64url");
  return { text: `dlqc_${id.replaceAll("-", "")}_${secret}`, hash: hashSecret(secret) };
}

/** Null when the text is no token. */
export function readTokenText(text: string): { readonly id: string; readonly hash: Buffer } | null {
  const parts = SHAPE.exec(text)?.slice(1);
  if (parts === undefined) return null;
  return { id: parts.slice(0, 5).join("-"), hash: hashSecret(parts[5] as string) };
}

function hashSecret(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}
