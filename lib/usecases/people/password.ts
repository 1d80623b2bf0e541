import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";

/** Work factors of new hashes; each stored hash names its own, so that these can be raised. 32 MiB and about 0.2 s. */
const COST = { N: 32_768, r: 8, p: 3 } as const;
const KEY_BYTES = 32;
const SALT_BYTES = 16;
/** Longer passwords are refused before any work is done for them. */
export const MAX_PASSWORD_LENGTH = 1024;

/** "scrypt$N$r$p$salt$key", salt and key in Base64. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(password, salt, COST);
  return ["scrypt", COST.N, COST.r, COST.p, salt.toString("base64"), key.toString("base64")].join("$");
}

/** A hash that no password has: checked in place of a missing one, so that unknown accounts take as long as known ones. */
const NOBODY = ["scrypt", COST.N, COST.r, COST.p, Buffer.alloc(SALT_BYTES).toString("base64"), ""].join("$");

/** True if the password belongs to the stored hash; null is an account without one, and takes as long. */
export async function checkPassword(password: string, stored: string | null): Promise<boolean> {
  const [kind, n, r, p, salt, key] = (stored ?? NOBODY).split("$");
  if (kind !== "scrypt" || salt === undefined || key === undefined)
    throw new Error("a stored password hash is damaged");
  const expected = Buffer.from(key, "base64");
  const derived = await derive(password, Buffer.from(salt, "base64"), { N: Number(n), r: Number(r), p: Number(p) });
  return expected.length === derived.length && timingSafeEqual(expected, derived);
}

function derive(password: string, salt: Buffer, cost: { N: number; r: number; p: number }): Promise<Buffer> {
  // One account name may be typed on keyboards that compose characters differently.
  const text = password.normalize("NFKC");
  const options: ScryptOptions = { ...cost, maxmem: 256 * cost.N * cost.r };
  return new Promise((resolve, reject) => {
    scrypt(text, salt, KEY_BYTES, options, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}
