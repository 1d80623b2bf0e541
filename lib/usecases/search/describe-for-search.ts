import type { MessageView, TypedProperty } from "@/lib/brokers/broker";
import { canonicalNumber } from "@/lib/domain/search/canonical-number";
import {
  type FactValue,
  fieldFact,
  jsonFact,
  jsonType,
  propertyFact,
  propertyThere,
  propertyValue,
} from "@/lib/domain/search/facts";
import { flattenJson, type JsonLeaf } from "@/lib/domain/search/flatten-json";
import { WordPlaces } from "@/lib/domain/search/words-with-places";
import { storableText } from "@/lib/domain/storable-text";
import { isTraceProperty } from "@/lib/domain/trace";
import type { SearchEntry } from "@/lib/store/ports/search";
import { contentEncodingOf, type DecodedBody, decodeBody } from "../dead-letters/decode-body";

/** What one message may add to the index, at most. What lies beyond is named as a gap. */
export const INDEX_LIMITS = {
  /** Bytes of the decoded body. */
  bodyBytes: 262_144,
  bodyWords: 10_000,
  descriptionWords: 1_000,
  propertyWords: 2_000,
  /** Places of a JSON body, and their depth. */
  leaves: 1_000,
  depth: 32,
  facts: 400,
  /** Characters of a JSON text that can be compared by < and ~; equality knows the whole text. */
  comparedText: 200,
  fieldsBytes: 32_768,
} as const;

/** What is known of a message when it is indexed. */
export interface IndexedMessage {
  readonly description: string | null;
  readonly contentType: string | null;
  readonly properties: readonly TypedProperty[];
  readonly fields: Readonly<Record<"id" | "subject" | "correlation" | "session", string | null>>;
  /** Null: not kept, or its bytes are no message. */
  readonly view: MessageView | null;
  /** Why there is no view. */
  readonly viewMissing: string | null;
}

/** Words, facts and scalars of one message for the index, bounded whatever it holds. */
export async function describeForSearch(message: IndexedMessage): Promise<SearchEntry> {
  const words = new WordPlaces();
  const facts = new Set<bigint>();
  const gaps: string[] = [];

  if (!words.add("description", message.description ?? "", INDEX_LIMITS.descriptionWords)) {
    gaps.push("the end of its description");
  }
  for (const [field, value] of Object.entries(message.fields)) if (value !== null) facts.add(fieldFact(field, value));
  addProperties(message.properties, words, facts, gaps);
  words.part();

  const body = await readBody(message);
  if (body.gap !== null) gaps.push(body.gap);
  // Bounded once more, beside bytes: what stands in the way of one message must not fill the index.
  if (body.text !== null && !words.add("body", body.text, INDEX_LIMITS.bodyWords)) {
    gaps.push(`words of its body beyond the first ${INDEX_LIMITS.bodyWords}`);
  }
  const fields = body.leaves === null ? null : addLeaves(body.leaves, facts, gaps);
  return {
    words: words.toString(),
    facts: [...facts].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)),
    fields,
    body: body.language,
    gap: gaps.length === 0 ? null : gaps.join("; "),
    traced: message.properties.some(({ name }) => isTraceProperty(name)),
  };
}

function addProperties(
  properties: readonly TypedProperty[],
  words: WordPlaces,
  facts: Set<bigint>,
  gaps: string[],
): void {
  let whole = true;
  for (const { name, type, value } of properties) {
    words.part();
    whole = words.add("properties", `${name} ${value}`, INDEX_LIMITS.propertyWords) && whole;
    facts.add(propertyThere(name));
    facts.add(propertyFact(name, propertyValue(type, value)));
  }
  if (!whole) gaps.push("the end of its properties");
}

interface ReadBody {
  readonly language: SearchEntry["body"];
  readonly text: string | null;
  readonly leaves: readonly JsonLeaf[] | null;
  readonly gap: string | null;
}

async function readBody(message: IndexedMessage): Promise<ReadBody> {
  const { view } = message;
  if (view === null) return { language: "unknown", text: null, leaves: null, gap: message.viewMissing };
  if (view.bodyKind === "none") return { language: "none", text: null, leaves: null, gap: null };
  if (view.body === null) return { language: "text", text: view.bodyText, leaves: null, gap: null };
  const decoded = await decodeBody(view.body, {
    contentType: message.contentType,
    contentEncoding: contentEncodingOf(view),
    maxBytes: INDEX_LIMITS.bodyBytes,
  });
  return describeDecoded(decoded);
}

function describeDecoded(decoded: DecodedBody): ReadBody {
  const gap =
    decoded.encoding.problem ?? (decoded.cut ? `its body beyond the first ${INDEX_LIMITS.bodyBytes} bytes` : null);
  if (decoded.language === "binary" || decoded.text === null) {
    return { language: "binary", text: null, leaves: null, gap };
  }
  const text = storableText(decoded.text);
  if (decoded.language !== "json" || decoded.parseError !== null || decoded.cut) {
    // JSON that was cut or broken is searched as text; its paths are not known.
    const language = decoded.language === "json" && !decoded.cut ? "text" : decoded.language;
    return { language, text, leaves: null, gap };
  }
  const { leaves, cut } = flattenJson(text, INDEX_LIMITS);
  return {
    language: "json",
    text: leaves.length === 0 ? text : spokenJson(text),
    leaves,
    gap:
      gap ??
      (cut ? `places of its body beyond the first ${INDEX_LIMITS.leaves} or deeper than ${INDEX_LIMITS.depth}` : null),
  };
}

/** JSON with its escapes read, so that "é" is found however it was written. */
function spokenJson(text: string): string {
  return text.includes("\\")
    ? storableText(
        text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, code: string | undefined, other: string | undefined) =>
          code === undefined
            ? /[bfnrt]/.test(other ?? "")
              ? " "
              : (other ?? "")
            : String.fromCharCode(Number.parseInt(code, 16)),
        ),
      )
    : text;
}

/** Puts the leaves into facts, and answers the scalars by path as JSON text, in which numbers keep their digits. */
function addLeaves(leaves: readonly JsonLeaf[], facts: Set<bigint>, gaps: string[]): string {
  const byPath = new Map<string, Set<string>>();
  let bytes = 2;
  let whole = true;
  for (const { path: raw, type, text: rawText } of leaves) {
    const path = storableText(raw);
    const text = storableText(rawText);
    if (facts.size >= INDEX_LIMITS.facts || bytes >= INDEX_LIMITS.fieldsBytes) {
      whole = false;
      break;
    }
    facts.add(jsonType(path, type));
    // Objects and arrays are named without a value, so that the schema knows the empty ones too.
    const values = byPath.get(path) ?? new Set();
    if (!byPath.has(path)) bytes += path.length + 6;
    byPath.set(path, values);
    if (type === "object" || type === "array") continue;
    facts.add(jsonFact(path, scalarOf(type, text)));
    const value = comparable(type, text);
    if (!values.has(value)) bytes += value.length + 1;
    values.add(value);
  }
  if (!whole) gaps.push("places of its body beyond what is kept for comparison");
  return `{${[...byPath].map(([path, values]) => `${JSON.stringify(path)}:[${[...values].join(",")}]`).join(",")}}`;
}

function scalarOf(type: "string" | "number" | "boolean" | "null", text: string): FactValue {
  switch (type) {
    case "null":
      return { type };
    case "boolean":
      return { type, text: text === "true" ? "true" : "false" };
    case "number":
      return { type, text };
    case "string":
      return { type: "text", text };
  }
}

function comparable(type: JsonLeaf["type"], text: string): string {
  if (type === "null") return "null";
  if (type === "boolean") return text;
  // The database computes with what has a canonical form; other numbers are kept as text.
  if (type === "number" && canonicalNumber(text) !== null) return text;
  return JSON.stringify(storableText(text.slice(0, INDEX_LIMITS.comparedText)));
}
