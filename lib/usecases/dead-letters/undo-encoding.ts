import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from "node:zlib";

/** A content coding of HTTP (RFC 9110), as senders write it into content-encoding. */
export type Coding = "gzip" | "deflate" | "br";

/** Codings one inside the other, at most. */
const MAX_LAYERS = 3;

export interface Undone {
  readonly bytes: Uint8Array;
  /** More would have followed: decoding stopped at the limit. */
  readonly cut: boolean;
  /** What was undone, outermost first; none: the bytes are as they came. */
  readonly codings: readonly Coding[];
  /** By what it was known: the message said so, or its first bytes did. */
  readonly by: "content-encoding" | "first bytes" | null;
  /** Why what the message says of its encoding could not be undone, in words. */
  readonly problem: string | null;
}

/**
 * Undoes the compression of a body: by its content-encoding, or where it has none by its first bytes. At most `maxBytes`
 * come out, whatever went in: what would be more is not decoded at all.
 */
export async function undoEncoding(
  bytes: Uint8Array,
  contentEncoding: string | null,
  maxBytes: number,
): Promise<Undone> {
  const asItCame: Undone = { bytes, cut: false, codings: [], by: null, problem: null };
  const claimed = (contentEncoding ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "" && name !== "identity");
  if (claimed.length === 0) {
    const sniffed = sniff(bytes);
    if (sniffed === null) return asItCame;
    try {
      return { ...(await undo(sniffed, bytes, maxBytes)), codings: [sniffed], by: "first bytes", problem: null };
    } catch {
      // It only looked like it.
      return asItCame;
    }
  }
  const unknown = claimed.find((name) => coding(name) === null);
  if (unknown !== undefined || claimed.length > MAX_LAYERS) {
    // Encodings such as "utf-8" are written there by mistake; they change nothing.
    const what = unknown === undefined ? `${claimed.length} layers` : `"${unknown}"`;
    return { ...asItCame, problem: `Its content-encoding says ${what}, which is not undone here.` };
  }
  let current = { bytes, cut: false };
  const undone: Coding[] = [];
  for (const name of claimed.toReversed()) {
    const next = coding(name) as Coding;
    try {
      current = await undo(next, current.bytes, maxBytes);
    } catch (error) {
      const why = error instanceof Error ? error.message : "the bytes do not fit";
      return { ...asItCame, problem: `Its content-encoding says ${name}, but it cannot be undone: ${why}.` };
    }
    undone.push(next);
    if (current.cut) break;
  }
  return { ...current, codings: undone, by: "content-encoding", problem: null };
}

function coding(name: string): Coding | null {
  switch (name) {
    case "gzip":
    case "x-gzip":
      return "gzip";
    case "deflate":
    case "zlib":
      return "deflate";
    case "br":
    case "brotli":
      return "br";
    default:
      return null;
  }
}

/** Brotli has no mark at its beginning: it is known by content-encoding alone. */
function sniff(bytes: Uint8Array): Coding | null {
  if (bytes.length > 17 && bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8) return "gzip";
  return hasZlibHeader(bytes) ? "deflate" : null;
}

/** RFC 1950: method 8 with a window of 32 KB, and a check over the first two bytes. */
function hasZlibHeader(bytes: Uint8Array): boolean {
  return bytes.length > 6 && bytes[0] === 0x78 && (0x7800 + (bytes[1] ?? 0)) % 31 === 0;
}

async function undo(coding: Coding, bytes: Uint8Array, maxBytes: number): Promise<{ bytes: Uint8Array; cut: boolean }> {
  const stream =
    coding === "gzip"
      ? createGunzip()
      : coding === "br"
        ? createBrotliDecompress()
        : hasZlibHeader(bytes)
          ? createInflate()
          : createInflateRaw();
  const parts: Buffer[] = [];
  let length = 0;
  stream.end(bytes);
  // Leaving the loop ends the stream: what a bomb still holds is never unpacked.
  for await (const part of stream as AsyncIterable<Buffer>) {
    parts.push(part);
    length += part.length;
    if (length > maxBytes) return { bytes: Buffer.concat(parts).subarray(0, maxBytes), cut: true };
  }
  return { bytes: Buffer.concat(parts), cut: false };
}
