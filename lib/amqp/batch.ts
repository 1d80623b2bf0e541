import { encodeValue } from "./encode-value";
import { dataOf, encodeSection, joinSections, SECTION, type Section, sectionBytes, splitSections } from "./sections";
import { AmqpDecodeError } from "./values";

/** The message format of a transfer whose data sections are messages (Microsoft's batching over AMQP). */
export const BATCH_MESSAGE_FORMAT = 0x80013700;

/** Bytes that one message costs in a batch beside itself: descriptor, format code and a size of four bytes. */
export const BATCH_ENTRY_OVERHEAD = 8;

export interface Batch {
  /** Sections of the envelope that stand before the messages: properties, annotations. */
  readonly envelope: readonly Section[];
  /** The encoded messages; views into the batch, not copies. */
  readonly messages: readonly Uint8Array[];
}

/** Takes a batch apart. Throws `AmqpDecodeError` when it holds no messages or another body. */
export function decodeBatch(encoded: Uint8Array): Batch {
  const sections = splitSections(encoded);
  const messages = sections
    .filter((section) => section.code === SECTION.data)
    .map((section) => dataOf(encoded, section));
  if (messages.length === 0) throw new AmqpDecodeError("a batch holds no messages", 0);
  return { envelope: sections.filter((section) => section.code < SECTION.data), messages };
}

/** One envelope around encoded messages; `envelope` are sections to stand before them, descriptor included. */
export function encodeBatch(messages: readonly Uint8Array[], envelope: readonly Uint8Array[] = []): Uint8Array {
  const parts = [...envelope];
  for (const message of messages)
    parts.push(encodeSection(SECTION.data, encodeValue({ type: "binary", value: message })));
  return joinSections(parts);
}

/** The envelope that Service Bus libraries write: the first message's sections without its body and footer. */
export function envelopeOf(message: Uint8Array): Uint8Array[] {
  const codes: number[] = [SECTION.messageAnnotations, SECTION.properties];
  return splitSections(message)
    .filter((section) => codes.includes(section.code))
    .map((section) => sectionBytes(message, section));
}
