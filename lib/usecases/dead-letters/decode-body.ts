import type { MessageView } from "@/lib/brokers/broker";
import { type BodyLanguage, claimedLanguage, readContentType, sniffLanguage } from "@/lib/domain/body-language";
import { findJsonError } from "./find-json-error";
import { findXmlError } from "./find-xml-error";
import { type Undone, undoEncoding } from "./undo-encoding";

/** A body as the eye and the search read it: compression undone, characters by their charset. */
export interface DecodedBody {
  /** What was undone, and whether the message or its first bytes said so. */
  readonly encoding: Pick<Undone, "codings" | "by" | "problem">;
  /** After decompression, at most the limit. */
  readonly bytes: Uint8Array;
  readonly cut: boolean;
  /** Exact characters, a byte order mark included; null: no text in its charset. */
  readonly text: string | null;
  /** The charset that the text was read in. */
  readonly charset: string;
  /** The charset is the message's own word, not a guess. */
  readonly charsetClaimed: boolean;
  readonly language: BodyLanguage;
  /** Why it does not parse as what it says it is. */
  readonly parseError: string | null;
}

/** Decodes body bytes by content type and content encoding, and where they say nothing by looking. At most `maxBytes` come out. */
export async function decodeBody(
  bytes: Uint8Array,
  given: { contentType: string | null; contentEncoding: string | null; maxBytes: number },
): Promise<DecodedBody> {
  const undone = await undoEncoding(bytes, given.contentEncoding, given.maxBytes);
  const cut = undone.cut || undone.bytes.byteLength > given.maxBytes;
  const shown = undone.bytes.subarray(0, given.maxBytes);
  const { mediaType, charset: claimedCharset } = readContentType(given.contentType);
  const charset = claimedCharset ?? sniffCharset(shown);
  const text = decodeText(shown, charset, cut);
  return {
    encoding: undone,
    bytes: shown,
    cut,
    text,
    charset,
    charsetClaimed: claimedCharset !== null,
    ...describeText(text, claimedLanguage(mediaType), claimedCharset, cut),
  };
}

/** What the message says of its body's encoding. */
export function contentEncodingOf(view: Pick<MessageView, "messageProperties">): string | null {
  return view.messageProperties.find(({ name }) => name === "content-encoding")?.value ?? null;
}

function describeText(
  text: string | null,
  claimed: "json" | "xml" | null,
  charset: string | null,
  cut: boolean,
): { language: BodyLanguage; parseError: string | null } {
  if (text === null) {
    const what = claimed === null && charset === null ? null : (claimed?.toUpperCase() ?? "text");
    const parseError =
      what === null ? null : `Its content type says ${what}, but the bytes are no ${charset ?? "utf-8"} text.`;
    return { language: "binary", parseError };
  }
  // A cut text is never whole: its end would be the only error found.
  if (claimed === "json") return { language: "json", parseError: cut ? null : findJsonError(text) };
  if (claimed === "xml") return { language: "xml", parseError: cut ? null : findXmlError(text) };
  return { language: sniffLanguage(text, () => !cut && findJsonError(text) === null), parseError: null };
}

/** UTF-16 shows itself by its byte order mark; everything else is taken for UTF-8, which fails where it is not. */
function sniffCharset(bytes: Uint8Array): string {
  if (bytes.length >= 4 && bytes.length % 2 === 0) {
    if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
    if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  }
  return "utf-8";
}

function decodeText(bytes: Uint8Array, charset: string, cut: boolean): string | null {
  try {
    // A cut may fall inside a character: streaming leaves that one out instead of failing.
    return new TextDecoder(charset, { fatal: true, ignoreBOM: true }).decode(bytes, { stream: cut });
  } catch {
    return null;
  }
}
