/** What a body is written in, by its content type and by looking at it. */
export type BodyLanguage = "json" | "xml" | "text" | "binary";

/** "application/json; charset=utf-8" -> media type and charset, lower case; null where there is none. */
export function readContentType(contentType: string | null): { mediaType: string | null; charset: string | null } {
  if (contentType === null) return { mediaType: null, charset: null };
  const [type = "", ...parameters] = contentType.split(";").map((part) => part.trim());
  const charset = parameters.map((parameter) => /^charset="?([^"]+)"?$/i.exec(parameter)?.[1]).find(Boolean);
  return { mediaType: type === "" ? null : type.toLowerCase(), charset: charset?.toLowerCase() ?? null };
}

/** What the content type claims; null when it claims nothing about text. */
export function claimedLanguage(mediaType: string | null): "json" | "xml" | null {
  if (mediaType === null) return null;
  if (mediaType.endsWith("/json") || mediaType.endsWith("+json")) return "json";
  if (mediaType.endsWith("/xml") || mediaType.endsWith("+xml")) return "xml";
  return null;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells binary from text
const CONTROL = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f\u007f]/;

/** What a text looks like, without its content type; `parsesAsJson` is asked only when it might. */
export function sniffLanguage(text: string, parsesAsJson: () => boolean): BodyLanguage {
  if (CONTROL.test(text)) return "binary";
  const start = text.trimStart();
  if (/^[[{]/.test(start) && parsesAsJson()) return "json";
  return /^<[?!a-zA-Z]/.test(start) ? "xml" : "text";
}
