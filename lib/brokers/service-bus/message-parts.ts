import {
  type DecodedEntry,
  type DecodedValue,
  decodeListFields,
  decodeMapEntries,
  decodeValue,
} from "../../amqp/decode-value";
import { dataOf, findSection, SECTION, type Section, splitSections } from "../../amqp/sections";
import { AmqpDecodeError, type AmqpValue, NULL } from "../../amqp/values";
import { BrokerError } from "../broker";
import { valueToText } from "./value-text";

/** A received message taken apart: each section is decoded when it is first asked for. */
export interface MessageParts {
  readonly encoded: Uint8Array;
  readonly sections: readonly Section[];
  readonly header: readonly DecodedValue[];
  readonly annotations: readonly DecodedEntry[];
  readonly properties: readonly DecodedValue[];
  readonly applicationProperties: readonly DecodedEntry[];
}

/** A message is read once when it is locked and once more when its copy is made: what is decoded is kept with the bytes. */
const known = new WeakMap<Uint8Array, MessageParts>();

/** Throws `BrokerError` "invalid-message" when the bytes are no AMQP message; so does reading a section that is broken. */
export function takeApart(encoded: Uint8Array): MessageParts {
  const before = known.get(encoded);
  if (before !== undefined) return before;
  const parts = new LazyParts(
    encoded,
    decoding(() => splitSections(encoded)),
  );
  known.set(encoded, parts);
  return parts;
}

class LazyParts implements MessageParts {
  readonly encoded: Uint8Array;
  readonly sections: readonly Section[];
  #header: DecodedValue[] | undefined;
  #annotations: DecodedEntry[] | undefined;
  #properties: DecodedValue[] | undefined;
  #applicationProperties: DecodedEntry[] | undefined;

  constructor(encoded: Uint8Array, sections: readonly Section[]) {
    this.encoded = encoded;
    this.sections = sections;
  }

  get header(): readonly DecodedValue[] {
    this.#header ??= this.#decode(SECTION.header, decodeListFields);
    return this.#header;
  }

  get annotations(): readonly DecodedEntry[] {
    this.#annotations ??= this.#decode(SECTION.messageAnnotations, decodeMapEntries);
    return this.#annotations;
  }

  get properties(): readonly DecodedValue[] {
    this.#properties ??= this.#decode(SECTION.properties, decodeListFields);
    return this.#properties;
  }

  get applicationProperties(): readonly DecodedEntry[] {
    this.#applicationProperties ??= this.#decode(SECTION.applicationProperties, decodeMapEntries);
    return this.#applicationProperties;
  }

  #decode<T>(code: number, decode: (bytes: Uint8Array, offset: number) => T[]): T[] {
    const section = findSection(this.sections, code);
    return section === null ? [] : decoding(() => decode(this.encoded, section.bodyStart));
  }
}

export type BodyKind = "data" | "value" | "sequence" | "none";

export function bodyKind(parts: MessageParts): BodyKind {
  for (const { code } of parts.sections) {
    if (code === SECTION.data) return "data";
    if (code === SECTION.sequence) return "sequence";
    if (code === SECTION.value) return "value";
  }
  return "none";
}

/** The bytes inside each data section, in order; views into the message. */
export function dataSections(parts: MessageParts): Uint8Array[] {
  return decoding(() =>
    parts.sections.filter(({ code }) => code === SECTION.data).map((section) => dataOf(parts.encoded, section)),
  );
}

/** The decoded body of an AMQP value section; null when the body is of another kind. */
export function bodyValue(parts: MessageParts): AmqpValue | null {
  const section = findSection(parts.sections, SECTION.value);
  return section === null ? null : decoding(() => decodeValue(parts.encoded, section.bodyStart).value);
}

/** The lists of an AMQP sequence body, in order. */
export function bodySequences(parts: MessageParts): AmqpValue[] {
  const sections = parts.sections.filter(({ code }) => code === SECTION.sequence);
  return decoding(() => sections.map((section) => decodeValue(parts.encoded, section.bodyStart).value));
}

/** The field at a position of the header or the properties; null where it is absent. */
export function field(fields: readonly DecodedValue[], index: number): AmqpValue {
  return fields[index]?.value ?? NULL;
}

/** A field as text, whatever its type; null when it is absent. */
export function fieldText(fields: readonly DecodedValue[], index: number): string | null {
  const value = field(fields, index);
  return value.type === "null" ? null : valueToText(value).value;
}

/** The first entry with a string or symbol key of that name. */
export function entry(entries: readonly DecodedEntry[], name: string): AmqpValue {
  for (const { key, value } of entries) {
    if ((key.type === "string" || key.type === "symbol") && key.value === name) return value;
  }
  return NULL;
}

/** An entry as text, whatever its type; null when it is absent. */
export function entryText(entries: readonly DecodedEntry[], name: string): string | null {
  const value = entry(entries, name);
  return value.type === "null" ? null : valueToText(value).value;
}

export function decoding<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AmqpDecodeError)) throw error;
    throw new BrokerError("invalid-message", `The bytes are no AMQP message: ${error.message}.`, { cause: error });
  }
}
