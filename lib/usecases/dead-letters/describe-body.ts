import { isUtf8 } from "node:buffer";
import type { MessageView } from "@/lib/brokers/broker";
import type { BodyView } from "@/lib/contracts/dead-letters";
import { type BodyLanguage, claimedLanguage, readContentType, sniffLanguage } from "@/lib/domain/body-language";
import { findJsonError } from "./find-json-error";

/** Bytes of a body that the page gets at most. What is longer is cut for the view and cannot be edited. */
export const MAX_VIEW_BYTES = 2 * 1024 * 1024;

/** The body for the eye and the editor: exact characters where the bytes are text in their charset, else Base64. */
export function describeBody(view: MessageView, contentType: string | null, maxBytes = MAX_VIEW_BYTES): BodyView {
  const bytes = view.bodyKind === "none" ? new Uint8Array() : view.body;
  if (bytes === null) return describeStructure(view, maxBytes);
  const { mediaType, charset } = readContentType(contentType);
  const cut = bytes.byteLength > maxBytes;
  const shown = bytes.subarray(0, maxBytes);
  const text = decodeText(shown, charset ?? "utf-8", cut);
  const { language, parseError } = describeText(text, claimedLanguage(mediaType), charset, cut);
  const asText = text !== null && language !== "binary";
  const notEditableBecause = cut
    ? `The body is larger than the ${maxBytes} bytes that are shown.`
    : asText && !isEditableCharset(charset)
      ? `The body is written in ${charset}; only UTF-8 can be edited.`
      : null;
  return {
    kind: view.bodyKind,
    encoding: asText ? "text" : "base64",
    content: asText ? text : Buffer.from(shown).toString("base64"),
    language,
    parseError: view.bodyKind === "none" ? null : parseError,
    bytes: bytes.byteLength,
    cutAt: cut ? maxBytes : null,
    editable: notEditableBecause === null,
    notEditableBecause,
  };
}

function describeStructure(view: MessageView, maxBytes: number): BodyView {
  const text = view.bodyText ?? "";
  return {
    kind: view.bodyKind,
    encoding: "rendered",
    content: text.slice(0, maxBytes),
    language: "text",
    parseError: null,
    bytes: Buffer.byteLength(text),
    cutAt: text.length > maxBytes ? maxBytes : null,
    editable: false,
    notEditableBecause: "The body is an AMQP structure with types of its own, not bytes.",
  };
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
  // A cut text is never whole JSON; its end would be the only error found.
  if (claimed === "json") return { language: "json", parseError: cut ? null : findJsonError(text) };
  if (claimed === "xml") return { language: "xml", parseError: null };
  return { language: sniffLanguage(text, () => !cut && findJsonError(text) === null), parseError: null };
}

/** Exact characters, a byte order mark included; null when the bytes are not text in that charset, or it is unknown. */
function decodeText(bytes: Uint8Array, charset: string, cut: boolean): string | null {
  try {
    // A cut may fall inside a character: streaming leaves that one out instead of failing.
    return new TextDecoder(charset, { fatal: true, ignoreBOM: true }).decode(bytes, { stream: cut });
  } catch {
    return null;
  }
}

function isEditableCharset(charset: string | null): boolean {
  return charset === null || ["utf-8", "utf8", "us-ascii", "ascii"].includes(charset);
}

/** Bytes of an edit for the wire: text where they are UTF-8, else Base64. */
export function describeBytes(bytes: Uint8Array): { encoding: "text" | "base64"; content: string } {
  if (!isUtf8(bytes)) return { encoding: "base64", content: Buffer.from(bytes).toString("base64") };
  return { encoding: "text", content: new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes) };
}
