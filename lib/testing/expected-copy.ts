/**
 * The copy that R8 promises of a message, made from the sender's bytes by splicing alone. It shares no code with `lib/amqp`, nor with what
 * makes the copies, so that neither can be wrong together with it.
 */

const HEADER = 0x70;
const DELIVERY_ANNOTATIONS = 0x71;
const ANNOTATIONS = 0x72;
const PROPERTIES = 0x73;
const APPLICATION_PROPERTIES = 0x74;
const NULL = Buffer.of(0x40);

const BROKERS_ANNOTATIONS = [
  "x-opt-sequence-number",
  "x-opt-enqueued-time",
  "x-opt-locked-until",
  "x-opt-enqueue-sequence-number",
  "x-opt-message-state",
  "x-opt-deadletter-source",
  "x-opt-scheduled-enqueue-time",
];
const OF_A_DEATH = ["DeadLetterReason", "DeadLetterErrorDescription"];
const STAMP = ["dlq-console-item", "dlq-console-attempt", "dlq-console-original-sequence-number"] as const;
/** Of a copy that was meant for one subscription. */
const ROUTE = "dlq-console-route";

export interface Stamped {
  readonly itemId: string;
  /** Below 128. */
  readonly attempt: number;
  readonly sequenceNumber: string;
}

export interface CopyTaken {
  /** Null: the sender's stays. */
  readonly messageId: string | null;
  /** Null: without stamps. */
  readonly stamp: Stamped | null;
}

/** One section as it stands in a message, its descriptor included. */
interface Part {
  readonly code: number;
  readonly bytes: Buffer;
  /** Fields of a list, entries of a map (key and value in one); of other sections the whole. */
  readonly items: readonly Buffer[];
}

/** The bytes of the copy of a message that its sender gave these bytes. */
export function expectedCopy(sent: Uint8Array, { messageId, stamp }: CopyTaken): Buffer {
  const parts = partsOf(sent);
  const [properties] = parts.filter(({ code }) => code === PROPERTIES);
  const own = itemsOf(parts, APPLICATION_PROPERTIES).filter(
    (entry) => !isNamed(entry, [...OF_A_DEATH, ...STAMP, ROUTE]),
  );
  return Buffer.concat([
    compound(HEADER, "list", sendersHeader(parts)),
    compound(ANNOTATIONS, "map", sendersAnnotations(parts)),
    messageId === null
      ? (properties?.bytes ?? Buffer.alloc(0))
      : compound(PROPERTIES, "list", [text(messageId), ...(properties?.items.slice(1) ?? [])]),
    compound(APPLICATION_PROPERTIES, "map", [...own, ...(stamp === null ? [] : stampEntries(stamp))]),
    ...parts.filter(({ code }) => code > APPLICATION_PROPERTIES).map(({ bytes }) => bytes),
  ]);
}

/** A message as it arrived, section by section in hexadecimal, less what the broker writes as it hands it out. */
export function sendersSections(bytes: Uint8Array): Record<string, string | string[]> {
  const parts = partsOf(bytes);
  const hex = (items: readonly Buffer[]): string[] => items.map((item) => item.toString("hex"));
  return {
    header: hex(sendersHeader(parts)),
    deliveryAnnotations: hex(itemsOf(parts, DELIVERY_ANNOTATIONS)),
    annotations: hex(sendersAnnotations(parts)),
    rest: hex(parts.filter(({ code }) => code >= PROPERTIES).map((part) => part.bytes)),
  };
}

/** Durable, priority and time to live; the broker hands a header out with all three, or there was none. */
function sendersHeader(parts: readonly Part[]): Buffer[] {
  const fields = itemsOf(parts, HEADER).slice(0, 3);
  if (fields.every((field) => field.equals(NULL))) return [];
  return [...fields, NULL, NULL].slice(0, 3);
}

function sendersAnnotations(parts: readonly Part[]): Buffer[] {
  return itemsOf(parts, ANNOTATIONS).filter((entry) => !isNamed(entry, BROKERS_ANNOTATIONS));
}

function itemsOf(parts: readonly Part[], code: number): readonly Buffer[] {
  return parts.find((part) => part.code === code)?.items ?? [];
}

function stampEntries({ itemId, attempt, sequenceNumber }: Stamped): Buffer[] {
  const values = [text(itemId), Buffer.of(0x54, attempt), text(sequenceNumber)];
  return STAMP.map((name, n) => Buffer.concat([text(name), values[n] as Buffer]));
}

/** A string of less than 256 bytes. */
function text(value: string): Buffer {
  return Buffer.concat([Buffer.of(0xa1, Buffer.byteLength(value)), Buffer.from(value)]);
}

/** A section around fields or entries, in the short form where that is enough; nothing around nothing. */
function compound(code: number, kind: "list" | "map", items: readonly Buffer[]): Buffer {
  if (items.length === 0) return Buffer.alloc(0);
  const inside = Buffer.concat(items);
  const count = kind === "map" ? items.length * 2 : items.length;
  const isShort = inside.length < 255 && count < 256;
  const head = Buffer.alloc(isShort ? 3 : 9);
  if (isShort) {
    head.set([kind === "map" ? 0xc1 : 0xc0, inside.length + 1, count]);
  } else {
    head[0] = kind === "map" ? 0xd1 : 0xd0;
    head.writeUInt32BE(inside.length + 4, 1);
    head.writeUInt32BE(count, 5);
  }
  return Buffer.concat([Buffer.of(0x00, 0x53, code), head, inside]);
}

/** Whether an entry's key, a string or a symbol, is one of these. */
function isNamed(entry: Buffer, names: readonly string[]): boolean {
  const type = entry[0] as number;
  if (![0xa1, 0xa3, 0xb1, 0xb3].includes(type)) return false;
  const start = type >= 0xb0 ? 5 : 2;
  return names.includes(entry.toString("utf8", start, endOf(entry, 0)));
}

function partsOf(message: Uint8Array): Part[] {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  const parts: Part[] = [];
  for (let at = 0; at < bytes.length; ) {
    // The descriptor is a ulong of one byte or of eight, whose last is the code.
    const value = endOf(bytes, at + 1);
    const code = bytes[value - 1] as number;
    const end = endOf(bytes, value);
    parts.push({ code, bytes: bytes.subarray(at, end), items: itemsAt(bytes, value, end) });
    at = end;
  }
  return parts;
}

function itemsAt(bytes: Buffer, at: number, end: number): Buffer[] {
  const type = bytes[at] as number;
  const heads: Record<number, number> = { 192: 3, 193: 3, 208: 9, 209: 9 };
  const head = heads[type];
  if (head === undefined) return [bytes.subarray(at, end)];
  const isMap = (type & 0x0f) === 1;
  const items: Buffer[] = [];
  for (let start = at + head; start < end; ) {
    const next = isMap ? endOf(bytes, endOf(bytes, start)) : endOf(bytes, start);
    items.push(bytes.subarray(start, next));
    start = next;
  }
  return items;
}

/** Where the value that begins at `at` ends: the upper half of a format code says how its length is told. */
function endOf(bytes: Buffer, at: number): number {
  const type = bytes[at] as number;
  switch (type >> 4) {
    case 0x0:
      return endOf(bytes, endOf(bytes, at + 1));
    case 0x4:
      return at + 1;
    case 0x5:
      return at + 2;
    case 0x6:
      return at + 3;
    case 0x7:
      return at + 5;
    case 0x8:
      return at + 9;
    case 0x9:
      return at + 17;
    case 0xa:
    case 0xc:
    case 0xe:
      return at + 2 + (bytes[at + 1] as number);
    case 0xb:
    case 0xd:
    case 0xf:
      return at + 5 + bytes.readUInt32BE(at + 1);
    default:
      throw new Error(`0x${type.toString(16)} begins no value`);
  }
}
