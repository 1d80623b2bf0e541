import { decodeListFields, decodeMapEntries } from "@/lib/amqp/decode-value";
import { HEADER_FIELD, SECTION, type Section, splitSections } from "@/lib/amqp/sections";
import type { MessageRecord } from "../engine/message-record";
import { writeSequenceNumber } from "../engine/sequence-number";

/** Annotations that the service writes itself; what a sender put there under these names is replaced. */
const SERVICE_ANNOTATIONS: ReadonlySet<string> = new Set([
  "x-opt-sequence-number",
  "x-opt-enqueued-time",
  "x-opt-locked-until",
  "x-opt-enqueue-sequence-number",
  "x-opt-message-state",
  "x-opt-deadletter-source",
  "x-opt-lock-token",
]);

const STATE_CODE = { active: 0, deferred: 1, scheduled: 2 } as const;

/**
 * The message as it goes to a client: the header with the service's delivery count, the sender's message annotations with
 * the service's behind them, and from the properties on the very bytes that were sent.
 */
export function deliveryBytes(record: MessageRecord, lockedUntil: number | null): Buffer {
  const { bytes } = record;
  let header: Section | null = null;
  let deliveryAnnotations: Section | null = null;
  let messageAnnotations: Section | null = null;
  let rest = 0;
  for (const section of splitSections(bytes)) {
    if (section.code > SECTION.messageAnnotations) break;
    rest = section.end;
    if (section.code === SECTION.header) header = section;
    else if (section.code === SECTION.deliveryAnnotations) deliveryAnnotations = section;
    else messageAnnotations = section;
  }
  const sentAnnotations = messageAnnotations === null ? [] : keptEntries(bytes, messageAnnotations);
  let sentLength = 0;
  for (const entry of sentAnnotations) sentLength += entry.length;
  const source = record.annotations?.deadLetterSource;
  const deliveryAnnotationsLength =
    deliveryAnnotations === null ? 0 : deliveryAnnotations.end - deliveryAnnotations.start;
  const headerLength = header === null ? 0 : header.end - header.start;
  const target = Buffer.allocUnsafe(
    64 +
      headerLength +
      deliveryAnnotationsLength +
      256 +
      (source === undefined ? 0 : source.length * 3 + 32) +
      sentLength +
      bytes.length -
      rest,
  );
  let at = writeHeader(target, 0, bytes, header, record.deliveryCount);
  if (deliveryAnnotations !== null) at += bytes.copy(target, at, deliveryAnnotations.start, deliveryAnnotations.end);

  // Message annotations: always the long form, whose size is known only behind the entries.
  target[at] = 0x00;
  target[at + 1] = 0x53;
  target[at + 2] = SECTION.messageAnnotations;
  target[at + 3] = 0xd1;
  const sizeAt = at + 4;
  at += 12;
  let entries = sentAnnotations.length + 3;
  for (const entry of sentAnnotations) at += entry.copy(target, at);
  at = writeLong(target, at, ENTRY.sequenceNumber, record.key);
  at = writeTimestamp(target, at, ENTRY.enqueuedTime, record.enqueuedAt);
  at += ENTRY.state.copy(target, at);
  target[at++] = 0x54;
  target[at++] = STATE_CODE[record.state];
  if (lockedUntil !== null) {
    at = writeTimestamp(target, at, ENTRY.lockedUntil, lockedUntil);
    entries++;
  }
  if (record.annotations?.enqueuedKey !== undefined) {
    at = writeLong(target, at, ENTRY.enqueuedSequenceNumber, record.annotations.enqueuedKey);
    entries++;
  }
  if (source !== undefined) {
    at += ENTRY.deadLetterSource.copy(target, at);
    const length = target.write(source, at + 5, "utf8");
    target[at] = 0xb1;
    target.writeUInt32BE(length, at + 1);
    at += 5 + length;
    entries++;
  }
  target.writeUInt32BE(at - sizeAt - 4, sizeAt);
  target.writeUInt32BE(entries * 2, sizeAt + 4);

  at += bytes.copy(target, at, rest);
  return target.subarray(0, at);
}

function keptEntries(bytes: Buffer, section: Section): Buffer[] {
  const kept: Buffer[] = [];
  for (const { key, start, end } of decodeMapEntries(bytes, section.bodyStart)) {
    if (key.type === "symbol" && SERVICE_ANNOTATIONS.has(key.value)) continue;
    kept.push(bytes.subarray(start, end));
  }
  return kept;
}

/** The sender's header fields stay as sent; first-acquirer and delivery-count are the service's. */
function writeHeader(
  target: Buffer,
  start: number,
  bytes: Buffer,
  header: Section | null,
  deliveryCount: number,
): number {
  let at = start;
  target[at] = 0x00;
  target[at + 1] = 0x53;
  target[at + 2] = SECTION.header;
  target[at + 3] = 0xc0;
  target[at + 5] = 5;
  const sizeAt = at + 4;
  at += 6;
  const fields = header === null ? [] : decodeListFields(bytes, header.bodyStart);
  for (let index = 0; index < HEADER_FIELD.firstAcquirer; index++) {
    const field = fields[index];
    if (field === undefined) target[at++] = 0x40;
    else at += bytes.copy(target, at, field.start, field.end);
  }
  target[at++] = deliveryCount === 0 ? 0x41 : 0x42;
  if (deliveryCount === 0) {
    target[at++] = 0x43;
  } else if (deliveryCount < 256) {
    target[at++] = 0x52;
    target[at++] = deliveryCount;
  } else {
    target[at++] = 0x70;
    at = target.writeUInt32BE(deliveryCount, at);
  }
  target[sizeAt] = at - sizeAt - 1;
  return at;
}

function writeLong(target: Buffer, start: number, name: Buffer, key: number): number {
  const at = start + name.copy(target, start);
  target[at] = 0x81;
  writeSequenceNumber(key, target, at + 1);
  return at + 9;
}

function writeTimestamp(target: Buffer, start: number, name: Buffer, time: number): number {
  const at = start + name.copy(target, start);
  target[at] = 0x83;
  const high = Math.floor(time / 0x1_0000_0000);
  target.writeInt32BE(high, at + 1);
  target.writeUInt32BE(time - high * 0x1_0000_0000, at + 5);
  return at + 9;
}

function symbol(name: string): Buffer {
  return Buffer.concat([Buffer.of(0xa3, name.length), Buffer.from(name, "latin1")]);
}

const ENTRY = {
  sequenceNumber: symbol("x-opt-sequence-number"),
  enqueuedTime: symbol("x-opt-enqueued-time"),
  lockedUntil: symbol("x-opt-locked-until"),
  enqueuedSequenceNumber: symbol("x-opt-enqueue-sequence-number"),
  state: symbol("x-opt-message-state"),
  deadLetterSource: symbol("x-opt-deadletter-source"),
} as const;
