import { dataOf, SECTION, type Section, splitSections } from "./sections";
import { AmqpDecodeError } from "./values";
import { allocateBytes } from "./writer";

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
  let length = 0;
  for (const section of envelope) length += section.length;
  for (const message of messages) length += message.length + BATCH_ENTRY_OVERHEAD;
  const bytes = allocateBytes(length);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  let at = 0;
  for (const section of envelope) {
    bytes.set(section, at);
    at += section.length;
  }
  for (const message of messages) {
    bytes.set(DATA_HEAD, at);
    view.setUint32(at + DATA_HEAD.length, message.length);
    bytes.set(message, at + BATCH_ENTRY_OVERHEAD);
    at += BATCH_ENTRY_OVERHEAD + message.length;
  }
  return bytes;
}

/** Descriptor of a data section and the format code of a long binary. */
const DATA_HEAD = Uint8Array.of(0x00, 0x53, SECTION.data, 0xb0);
