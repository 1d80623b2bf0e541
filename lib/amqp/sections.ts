import { decodeValue, skipValue } from "./decode-value";
import { AmqpDecodeError } from "./values";
import { allocateBytes } from "./writer";

/** Descriptor codes of the sections of an AMQP 1.0 message, in the order in which they stand. */
export const SECTION = {
  header: 0x70,
  deliveryAnnotations: 0x71,
  messageAnnotations: 0x72,
  properties: 0x73,
  applicationProperties: 0x74,
  data: 0x75,
  sequence: 0x76,
  value: 0x77,
  footer: 0x78,
} as const;

/** Positions of the fields of the header section. */
export const HEADER_FIELD = { durable: 0, priority: 1, ttl: 2, firstAcquirer: 3, deliveryCount: 4 } as const;

/** Positions of the fields of the properties section. */
export const PROPERTIES_FIELD = {
  messageId: 0,
  userId: 1,
  to: 2,
  subject: 3,
  replyTo: 4,
  correlationId: 5,
  contentType: 6,
  contentEncoding: 7,
  absoluteExpiryTime: 8,
  creationTime: 9,
  groupId: 10,
  groupSequence: 11,
  replyToGroupId: 12,
} as const;

/** One section inside an encoded message. */
export interface Section {
  /** Descriptor code, one of `SECTION`. */
  readonly code: number;
  readonly start: number;
  /** Where the described value begins, behind the descriptor. */
  readonly bodyStart: number;
  readonly end: number;
}

/**
 * Finds the sections of an encoded message. Sections stand in the order of the specification; only data and sequence
 * sections may repeat, and a footer may stand before the body, where rhea, and with it Microsoft's client library for
 * JavaScript, writes it. Throws `AmqpDecodeError` otherwise, and on truncated bytes; what a section holds is not looked into.
 */
export function splitSections(encoded: Uint8Array): Section[] {
  const sections: Section[] = [];
  let at = 0;
  let last = 0;
  let footer = false;
  while (at < encoded.length) {
    const start = at;
    const descriptor = readDescriptor(encoded, start);
    const { code, bodyStart } = descriptor;
    const repeats = code === SECTION.data || code === SECTION.sequence;
    if (code < last || (code === last && !repeats) || (footer && (code < SECTION.data || code === SECTION.footer))) {
      const before = footer && code >= last ? SECTION.footer : last;
      throw new AmqpDecodeError(`section 0x${code.toString(16)} stands behind section 0x${before.toString(16)}`, start);
    }
    if (code === SECTION.footer) footer = true;
    // An early footer leaves room for the body.
    last = code === SECTION.footer && last < SECTION.data ? SECTION.applicationProperties : code;
    at = skipValue(encoded, bodyStart);
    sections.push({ code, start, bodyStart, end: at });
  }
  return sections;
}

export function findSection(sections: readonly Section[], code: number): Section | null {
  return sections.find((section) => section.code === code) ?? null;
}

/** The bytes inside one data section; a view into the message, not a copy. */
export function dataOf(encoded: Uint8Array, section: Section): Uint8Array {
  const start = dataStart(encoded, section);
  return new Uint8Array(encoded.buffer, encoded.byteOffset + start, section.end - start);
}

/** Where the bytes inside a data section begin; they end with the section. */
export function dataStart(encoded: Uint8Array, { bodyStart }: Section): number {
  const code = encoded[bodyStart];
  if (code === 0xa0) return bodyStart + 2;
  if (code === 0xb0) return bodyStart + 5;
  throw new AmqpDecodeError("a data section holds no binary", bodyStart);
}

/** A section of the descriptor `code` around a value that is encoded already. */
export function encodeSection(code: number, body: Uint8Array): Uint8Array {
  const bytes = allocateBytes(3 + body.length);
  bytes[0] = 0x00;
  bytes[1] = 0x53;
  bytes[2] = code;
  bytes.set(body, 3);
  return bytes;
}

/** One message of sections, each with its descriptor, in the order given. */
export function joinSections(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const bytes = allocateBytes(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A section's descriptor is a ulong in its short or long form, or the symbol that stands for it. */
function readDescriptor(encoded: Uint8Array, start: number): { code: number; bodyStart: number } {
  if (encoded[start] !== 0x00) throw new AmqpDecodeError("a section is expected", start);
  if (encoded[start + 1] === 0x53) {
    const code = encoded[start + 2];
    if (code === undefined) throw new AmqpDecodeError("a section ends inside its descriptor", start);
    return { code: knownCode(code, start), bodyStart: start + 3 };
  }
  const { value, end } = decodeValue(encoded, start + 1);
  if (value.type === "ulong") return { code: knownCode(Number(value.value), start), bodyStart: end };
  if (value.type === "symbol") {
    const code = SYMBOLS[value.value];
    if (code !== undefined) return { code, bodyStart: end };
  }
  throw new AmqpDecodeError("a section has an unknown descriptor", start);
}

function knownCode(code: number, start: number): number {
  if (code < SECTION.header || code > SECTION.footer) {
    throw new AmqpDecodeError(`0x${code.toString(16)} is no section of a message`, start);
  }
  return code;
}

const SYMBOLS: Readonly<Record<string, number>> = {
  "amqp:header:list": SECTION.header,
  "amqp:delivery-annotations:map": SECTION.deliveryAnnotations,
  "amqp:message-annotations:map": SECTION.messageAnnotations,
  "amqp:properties:list": SECTION.properties,
  "amqp:application-properties:map": SECTION.applicationProperties,
  "amqp:data:binary": SECTION.data,
  "amqp:amqp-sequence:list": SECTION.sequence,
  "amqp:amqp-value:*": SECTION.value,
  "amqp:footer:map": SECTION.footer,
};
