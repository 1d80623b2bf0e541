import { hash } from "node:crypto";

/** In memory that small buffers share: a piece of its own for each costs more than the digest itself, and as much again when it is collected. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return Buffer.from(hash("sha256", bytes, "binary"), "latin1");
}
