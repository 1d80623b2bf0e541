import {
  type DecodedEntry,
  type DecodedValue,
  decodeListFields,
  decodeMapEntries,
  decodeValue,
} from "../../amqp/decode-value";
import { isNamed, type Marks, markedValues, markList, markMap } from "../../amqp/marks";
import { dataOf, dataStart, findSection, SECTION, type Section, splitSections } from "../../amqp/sections";
import { AmqpDecodeError, type AmqpValue, NULL } from "../../amqp/values";
import { BrokerError } from "../broker";
import { valueToText } from "./value-text";

/** A received message taken apart: each section is looked at when it is first asked for. */
export interface MessageParts {
  readonly encoded: Uint8Array;
  readonly sections: readonly Section[];
  readonly header: readonly DecodedValue[];
  readonly annotations: readonly DecodedEntry[];
  readonly properties: readonly DecodedValue[];
  readonly applicationProperties: readonly DecodedEntry[];
  /** Where the fields of the properties stand; of the annotations and application properties names and values in turn. */
  readonly propertyMarks: Marks;
  readonly annotationMarks: Marks;
  readonly applicationMarks: Marks;
}

/** Throws `BrokerError` "invalid-message" when the bytes are no AMQP message; so does reading a section that is broken. */
export function takeApart(encoded: Uint8Array): MessageParts {
  return new LazyParts(
    encoded,
    decoding(() => splitSections(encoded)),
  );
}

const NO_MARKS: Marks = [0];

class LazyParts implements MessageParts {
  readonly encoded: Uint8Array;
  readonly sections: readonly Section[];
  #properties: Marks | null = null;
  #annotations: Marks | null = null;
  #application: Marks | null = null;

  constructor(encoded: Uint8Array, sections: readonly Section[]) {
    this.encoded = encoded;
    this.sections = sections;
  }

  get propertyMarks(): Marks {
    this.#properties ??= this.#section(SECTION.properties, markList) ?? NO_MARKS;
    return this.#properties;
  }

  get annotationMarks(): Marks {
    this.#annotations ??= this.#section(SECTION.messageAnnotations, markMap) ?? NO_MARKS;
    return this.#annotations;
  }

  get applicationMarks(): Marks {
    this.#application ??= this.#section(SECTION.applicationProperties, markMap) ?? NO_MARKS;
    return this.#application;
  }

  get header(): readonly DecodedValue[] {
    return this.#section(SECTION.header, decodeListFields) ?? [];
  }

  get annotations(): readonly DecodedEntry[] {
    return this.#section(SECTION.messageAnnotations, decodeMapEntries) ?? [];
  }

  get properties(): readonly DecodedValue[] {
    return this.#section(SECTION.properties, decodeListFields) ?? [];
  }

  get applicationProperties(): readonly DecodedEntry[] {
    return this.#section(SECTION.applicationProperties, decodeMapEntries) ?? [];
  }

  #section<T>(code: number, read: (bytes: Uint8Array, offset: number) => T): T | null {
    const section = findSection(this.sections, code);
    return section === null ? null : decoding(() => read(this.encoded, section.bodyStart));
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

/** Where the bytes inside a data section begin; one that holds no binary, which a broker does not look at, is bytes as a whole. */
export function dataBegin(encoded: Uint8Array, section: Section): number {
  try {
    return dataStart(encoded, section);
  } catch (error) {
    if (!(error instanceof AmqpDecodeError)) throw error;
    return section.bodyStart;
  }
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

/** The field of the properties at a position; null where it is absent. */
export function property({ encoded, propertyMarks }: MessageParts, index: number): AmqpValue {
  return index < markedValues(propertyMarks) ? valueAt(encoded, propertyMarks[index] as number) : NULL;
}

/** The field of the header at a position; null where it is absent. */
export function headerField({ encoded, sections }: MessageParts, index: number): AmqpValue {
  const section = findSection(sections, SECTION.header);
  if (section === null) return NULL;
  const marks = decoding(() => markList(encoded, section.bodyStart));
  return index < markedValues(marks) ? valueAt(encoded, marks[index] as number) : NULL;
}

/** The first annotation with a string or symbol key of that name. */
export function annotation({ encoded, annotationMarks }: MessageParts, name: string): AmqpValue {
  return entryOf(encoded, annotationMarks, name);
}

/** The first application property with a string or symbol key of that name. */
export function applicationProperty({ encoded, applicationMarks }: MessageParts, name: string): AmqpValue {
  return entryOf(encoded, applicationMarks, name);
}

/** A value as text, whatever its type; null when it is absent. */
export function textOf(value: AmqpValue): string | null {
  return value.type === "null" ? null : valueToText(value).value;
}

function entryOf(encoded: Uint8Array, marks: Marks, text: string): AmqpValue {
  const name = bytesOfName(text);
  for (let n = 0; n < markedValues(marks); n += 2) {
    const [start, valueStart] = [marks[n] as number, marks[n + 1] as number];
    if (isNamed(encoded, start, valueStart, name)) return valueAt(encoded, valueStart);
  }
  return NULL;
}

const names = new Map<string, Uint8Array>();

/** Of the few names that this adapter looks for. */
function bytesOfName(name: string): Uint8Array {
  let bytes = names.get(name);
  if (bytes === undefined) {
    bytes = Buffer.from(name);
    names.set(name, bytes);
  }
  return bytes;
}

function valueAt(encoded: Uint8Array, at: number): AmqpValue {
  return decoding(() => decodeValue(encoded, at).value);
}

export function decoding<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AmqpDecodeError)) throw error;
    throw new BrokerError("invalid-message", `The bytes are no AMQP message: ${error.message}.`, { cause: error });
  }
}
