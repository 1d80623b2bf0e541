import { isUtf8 } from "node:buffer";
import type { MessageView } from "@/lib/brokers/broker";
import type { BodyView } from "@/lib/contracts/dead-letters";
import { contentEncodingOf, type DecodedBody, decodeBody } from "./decode-body";

/** Bytes of a body that the page gets at most. What is longer is cut for the view and cannot be edited. */
export const MAX_VIEW_BYTES = 2 * 1024 * 1024;

/** The body for the eye and the editor: exact characters where the bytes are text in their charset, else Base64. */
export async function describeBody(
  view: MessageView,
  contentType: string | null,
  maxBytes = MAX_VIEW_BYTES,
): Promise<BodyView> {
  const bytes = view.bodyKind === "none" ? new Uint8Array() : view.body;
  if (bytes === null) return describeStructure(view, maxBytes);
  const decoded = await decodeBody(bytes, { contentType, contentEncoding: contentEncodingOf(view), maxBytes });
  const text = decoded.language === "binary" ? null : decoded.text;
  const notEditableBecause = whyNotEditable(decoded, text !== null, maxBytes);
  return {
    kind: view.bodyKind,
    encoding: text === null ? "base64" : "text",
    content: text ?? Buffer.from(decoded.bytes).toString("base64"),
    language: decoded.language,
    decoding: view.bodyKind === "none" ? [] : describeDecoding(decoded, bytes.byteLength, text !== null),
    parseError: view.bodyKind === "none" ? null : decoded.parseError,
    bytes: bytes.byteLength,
    cutAt: decoded.cut ? maxBytes : null,
    editable: notEditableBecause === null,
    notEditableBecause,
  };
}

/** What lies between the bytes on the wire and what is shown, one sentence a step; none where it is shown as it came. */
function describeDecoding(
  { encoding, bytes, cut, charset, charsetClaimed }: DecodedBody,
  sent: number,
  asText: boolean,
): string[] {
  const steps: string[] = [];
  if (encoding.problem !== null) steps.push(`${encoding.problem} The bytes are shown as they came.`);
  if (encoding.codings.length > 0) {
    const by = encoding.by === "content-encoding" ? "as its content-encoding says" : "as its first bytes show";
    const became = cut ? `more than ${bytes.byteLength}` : String(bytes.byteLength);
    steps.push(`Decompressed from ${encoding.codings.join(" in ")}, ${by}: ${sent} bytes became ${became}.`);
  }
  if (asText && charset !== "utf-8") {
    steps.push(`Read as ${charset}, as its ${charsetClaimed ? "content type says" : "byte order mark shows"}.`);
  }
  return steps;
}

function whyNotEditable({ encoding, cut, charset }: DecodedBody, asText: boolean, maxBytes: number): string | null {
  if (encoding.codings.length > 0) return COMPRESSED;
  if (cut) return `The body is larger than the ${maxBytes} bytes that are shown.`;
  return asText && !isEditableCharset(charset) ? `The body is written in ${charset}; only UTF-8 can be edited.` : null;
}

/** Compressing again would send bytes that nobody has seen, and other ones on another machine. */
export const COMPRESSED =
  "The body is compressed, and the console does not compress again what was edited. Its properties can be edited.";

function describeStructure(view: MessageView, maxBytes: number): BodyView {
  const text = view.bodyText ?? "";
  return {
    kind: view.bodyKind,
    encoding: "rendered",
    content: text.slice(0, maxBytes),
    language: "text",
    decoding: ["An AMQP structure, written out with its types."],
    parseError: null,
    bytes: Buffer.byteLength(text),
    cutAt: text.length > maxBytes ? maxBytes : null,
    editable: false,
    notEditableBecause: "The body is an AMQP structure with types of its own, not bytes.",
  };
}

function isEditableCharset(charset: string): boolean {
  return ["utf-8", "utf8", "us-ascii", "ascii"].includes(charset);
}

/** Bytes of an edit for the wire: text where they are UTF-8, else Base64. */
export function describeBytes(bytes: Uint8Array): { encoding: "text" | "base64"; content: string } {
  if (!isUtf8(bytes)) return { encoding: "base64", content: Buffer.from(bytes).toString("base64") };
  return { encoding: "text", content: new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes) };
}
