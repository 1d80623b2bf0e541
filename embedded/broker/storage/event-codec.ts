import type { MessageRecord, MessageState, ServiceAnnotations } from "../engine/message-record";
import type { QueueRole } from "../engine/queue-contract";

/**
 * Events of the log: one byte of type, four of length, then the fields. Numbers are big-endian; times are doubles, since
 * "never" is Infinity. A file of another version is refused by its first block.
 */
export const EVENT = { entity: 1, entityGone: 2, put: 3, update: 4, remove: 5, seen: 6, sessionState: 7 } as const;

const ROLES: readonly QueueRole[] = ["main", "dead-letter", "transfer-dead-letter"];
const STATES: readonly MessageState[] = ["active", "deferred", "scheduled"];
const HEAD = 5;

/** A message as the log keeps it. */
export interface StoredMessage {
  readonly entityId: number;
  readonly role: QueueRole;
  readonly key: number;
  readonly enqueuedAt: number;
  readonly expiresAt: number;
  readonly scheduledAt: number;
  readonly hops: number;
  readonly sessionId: string | null;
  readonly annotations: ServiceAnnotations | null;
  readonly bytes: Buffer;
  deliveryCount: number;
  state: MessageState;
}

export type LogEvent =
  | { readonly type: "entity"; readonly json: string }
  | { readonly type: "entity-gone"; readonly entityId: number }
  | { readonly type: "put"; readonly message: StoredMessage }
  | {
      readonly type: "update";
      readonly entityId: number;
      readonly role: QueueRole;
      readonly key: number;
      readonly deliveryCount: number;
      readonly state: MessageState;
    }
  | { readonly type: "remove"; readonly entityId: number; readonly role: QueueRole; readonly key: number }
  | { readonly type: "seen"; readonly entityId: number; readonly at: number; readonly id: string }
  | {
      readonly type: "session-state";
      readonly entityId: number;
      readonly sessionId: string;
      readonly state: Buffer | null;
    };

/** Collects events until they are written as one block. */
export class EventBuffer {
  #bytes = Buffer.allocUnsafe(256 * 1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The collected events; valid until the next one is added. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
    if (this.#bytes.length > 8 * 1_048_576) this.#bytes = Buffer.allocUnsafe(256 * 1024);
  }

  entity(json: string): void {
    const at = this.#begin(EVENT.entity, Buffer.byteLength(json));
    this.#bytes.write(json, at, "utf8");
  }

  entityGone(entityId: number): void {
    this.#bytes.writeUInt32BE(entityId, this.#begin(EVENT.entityGone, 4));
  }

  put(record: MessageRecord): void {
    const annotations = record.annotations === null ? "" : JSON.stringify(record.annotations);
    const sessionLength = record.sessionId === null ? 0 : Buffer.byteLength(record.sessionId);
    const annotationsLength = Buffer.byteLength(annotations);
    let at = this.#begin(EVENT.put, 48 + sessionLength + annotationsLength + record.bytes.length);
    at = this.#address(at, record);
    at = this.#bytes.writeDoubleBE(record.enqueuedAt, at);
    at = this.#bytes.writeDoubleBE(record.expiresAt, at);
    at = this.#bytes.writeDoubleBE(record.scheduledAt, at);
    at = this.#bytes.writeUInt32BE(record.deliveryCount, at);
    at = this.#bytes.writeUInt8(STATES.indexOf(record.state), at);
    at = this.#bytes.writeUInt8(record.hops, at);
    at = this.#bytes.writeInt16BE(record.sessionId === null ? -1 : sessionLength, at);
    at = this.#bytes.writeUInt16BE(annotationsLength, at);
    at = this.#bytes.writeUInt8(0, at);
    if (record.sessionId !== null) at += this.#bytes.write(record.sessionId, at, "utf8");
    at += this.#bytes.write(annotations, at, "utf8");
    record.bytes.copy(this.#bytes, at);
  }

  update(record: MessageRecord): void {
    let at = this.#begin(EVENT.update, 18);
    at = this.#address(at, record);
    at = this.#bytes.writeUInt32BE(record.deliveryCount, at);
    this.#bytes.writeUInt8(STATES.indexOf(record.state), at);
  }

  remove(record: MessageRecord): void {
    this.#address(this.#begin(EVENT.remove, 13), record);
  }

  seen(entityId: number, id: string, at: number): void {
    let offset = this.#begin(EVENT.seen, 12 + Buffer.byteLength(id));
    offset = this.#bytes.writeUInt32BE(entityId, offset);
    offset = this.#bytes.writeDoubleBE(at, offset);
    this.#bytes.write(id, offset, "utf8");
  }

  sessionState(entityId: number, sessionId: string, state: Buffer | null): void {
    const idLength = Buffer.byteLength(sessionId);
    let at = this.#begin(EVENT.sessionState, 7 + idLength + (state?.length ?? 0));
    at = this.#bytes.writeUInt32BE(entityId, at);
    at = this.#bytes.writeUInt16BE(idLength, at);
    at = this.#bytes.writeUInt8(state === null ? 0 : 1, at);
    at += this.#bytes.write(sessionId, at, "utf8");
    state?.copy(this.#bytes, at);
  }

  #address(start: number, record: MessageRecord): number {
    let at = this.#bytes.writeUInt32BE(record.queue.entityId, start);
    at = this.#bytes.writeUInt8(ROLES.indexOf(record.queue.role), at);
    return this.#bytes.writeDoubleBE(record.key, at);
  }

  #begin(type: number, length: number): number {
    const needed = this.#length + HEAD + length;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#bytes.writeUInt8(type, this.#length);
    this.#bytes.writeUInt32BE(length, this.#length + 1);
    const at = this.#length + HEAD;
    this.#length = needed;
    return at;
  }
}

/** The events of a block. Messages' bytes are views into it. */
export function* readEvents(block: Buffer): Generator<LogEvent> {
  let at = 0;
  while (at < block.length) {
    const type = block.readUInt8(at);
    const length = block.readUInt32BE(at + 1);
    const body = block.subarray(at + HEAD, at + HEAD + length);
    at += HEAD + length;
    switch (type) {
      case EVENT.entity:
        yield { type: "entity", json: body.toString("utf8") };
        break;
      case EVENT.entityGone:
        yield { type: "entity-gone", entityId: body.readUInt32BE(0) };
        break;
      case EVENT.put:
        yield { type: "put", message: readPut(body) };
        break;
      case EVENT.update:
        yield {
          type: "update",
          ...readAddress(body),
          deliveryCount: body.readUInt32BE(13),
          state: STATES[body.readUInt8(17)] as MessageState,
        };
        break;
      case EVENT.remove:
        yield { type: "remove", ...readAddress(body) };
        break;
      case EVENT.seen:
        yield { type: "seen", entityId: body.readUInt32BE(0), at: body.readDoubleBE(4), id: body.toString("utf8", 12) };
        break;
      case EVENT.sessionState: {
        const idEnd = 7 + body.readUInt16BE(4);
        const state = body.readUInt8(6) === 0 ? null : Buffer.from(body.subarray(idEnd));
        yield {
          type: "session-state",
          entityId: body.readUInt32BE(0),
          sessionId: body.toString("utf8", 7, idEnd),
          state,
        };
        break;
      }
      default:
        throw new Error(`The log holds an event of type ${type}, which this version does not know.`);
    }
  }
}

function readAddress(body: Buffer): { entityId: number; role: QueueRole; key: number } {
  return { entityId: body.readUInt32BE(0), role: ROLES[body.readUInt8(4)] as QueueRole, key: body.readDoubleBE(5) };
}

function readPut(body: Buffer): StoredMessage {
  const sessionLength = body.readInt16BE(43);
  const annotationsLength = body.readUInt16BE(45);
  const sessionEnd = 48 + Math.max(0, sessionLength);
  const annotationsEnd = sessionEnd + annotationsLength;
  return {
    ...readAddress(body),
    enqueuedAt: body.readDoubleBE(13),
    expiresAt: body.readDoubleBE(21),
    scheduledAt: body.readDoubleBE(29),
    deliveryCount: body.readUInt32BE(37),
    state: STATES[body.readUInt8(41)] as MessageState,
    hops: body.readUInt8(42),
    sessionId: sessionLength < 0 ? null : body.toString("utf8", 48, sessionEnd),
    annotations: annotationsLength === 0 ? null : JSON.parse(body.toString("utf8", sessionEnd, annotationsEnd)),
    bytes: body.subarray(annotationsEnd),
  };
}
