import { mkdirSync } from "node:fs";
import type { Journal } from "../engine/journal";
import type { MessageQueue } from "../engine/message-queue";
import { MessageRecord } from "../engine/message-record";
import type { BrokerNamespace } from "../engine/namespace";
import type { QueueRole } from "../engine/queue-contract";
import { counterOf, partitionOf } from "../engine/sequence-number";
import { entityFromJson, entityToJson } from "./entity-json";
import { EventBuffer, type LogEvent, readEvents, type StoredMessage } from "./event-codec";
import { deleteSegment, LogWriter, listSegments, readBlocks, Segment } from "./log-file";

const SEGMENT_BYTES = 32 * 1_048_576;
/** The log is made smaller when it is this much, and this many times what its messages take. */
const COMPACT_FROM_BYTES = 64 * 1_048_576;
const COMPACT_FACTOR = 3;
/** Messages written anew at one flush while the log is made smaller. */
const MOVED_AT_ONCE = 500;
const SYNC_EVERY_MS = 1000;

/**
 * Keeps a namespace in a folder: an append-only log in segments, each of which begins with a checkpoint of everything but the
 * messages (entities, counters, session states, ids seen for duplicate detection). A segment whose messages are all gone
 * is deleted, oldest first; when the log grows out of proportion, the oldest segment's live messages are written again at
 * its end. Events of one flush are one block: after a kill, all of them are there or none.
 */
export class Store implements Journal {
  readonly #directory: string;
  readonly #namespace: BrokerNamespace;
  readonly #events = new EventBuffer();
  #segments: Segment[];
  #writer: LogWriter;
  #liveBytes = 0;
  #moving: Generator<void> | null = null;
  #flushPlanned = false;
  #closed = false;
  readonly #syncTimer: NodeJS.Timeout;

  constructor(directory: string, namespace: BrokerNamespace) {
    this.#directory = directory;
    this.#namespace = namespace;
    mkdirSync(directory, { recursive: true });
    this.#segments = listSegments(directory);
    const messages = this.#load();
    this.#writer = this.#begin();
    namespace.journal = this;
    this.#liveBytes += restoreMessages(namespace, messages);
    this.#syncTimer = setInterval(() => this.#writer.syncLater(), SYNC_EVERY_MS);
    this.#syncTimer.unref();
  }

  // Journal

  put(record: MessageRecord): void {
    this.#moveTo(record, this.#writer.segment);
    this.#events.put(record);
    this.#planFlush();
  }

  update(record: MessageRecord): void {
    this.#events.update(record);
    this.#planFlush();
  }

  remove(record: MessageRecord): void {
    this.#moveTo(record, null);
    this.#events.remove(record);
    this.#planFlush();
  }

  seen(entityId: number, id: string, at: number): void {
    this.#events.seen(entityId, id, at);
    this.#planFlush();
  }

  sessionState(queue: MessageQueue, sessionId: string, state: Buffer | null): void {
    this.#events.sessionState(queue.entityId, sessionId, state);
    this.#planFlush();
  }

  entityChanged(entityId: number): void {
    const entity = this.#namespace.byId(entityId);
    if (entity === null) this.#events.entityGone(entityId);
    else this.#events.entity(entityToJson(entity));
    this.#planFlush();
  }

  #moveTo(record: MessageRecord, segment: Segment | null): void {
    if (record.place instanceof Segment) {
      record.place.live--;
      this.#liveBytes -= record.bytes.length;
    }
    record.place = segment;
    if (segment !== null) {
      segment.live++;
      this.#liveBytes += record.bytes.length;
    }
  }

  // Writing

  /** Hands everything noted so far to the operating system. Called before the broker answers anybody. */
  flush(): void {
    if (this.#closed || this.#events.length === 0) return;
    this.#writer.write(this.#events.view());
    this.#events.clear();
    if (this.#writer.segment.size >= SEGMENT_BYTES) this.#rotate();
    this.#shrink();
  }

  /** Writes out, with a checkpoint, and syncs. */
  close(): void {
    if (this.#closed) return;
    this.#checkpoint();
    this.flush();
    this.#closed = true;
    clearInterval(this.#syncTimer);
    this.#writer.close();
  }

  /** Changes that nobody is answered for (expiry) are written in the same turn of the event loop. */
  #planFlush(): void {
    if (this.#flushPlanned) return;
    this.#flushPlanned = true;
    setImmediate(() => {
      this.#flushPlanned = false;
      this.flush();
    });
  }

  #begin(): LogWriter {
    const segment = new Segment(this.#directory, (this.#segments.at(-1)?.number ?? 0) + 1);
    this.#segments.push(segment);
    const writer = new LogWriter(segment);
    this.#checkpoint();
    if (this.#events.length > 0) {
      writer.write(this.#events.view());
      this.#events.clear();
    }
    return writer;
  }

  #rotate(): void {
    this.#writer.close();
    this.#writer = this.#begin();
  }

  #checkpoint(): void {
    for (const entity of this.#namespace.list()) {
      this.#events.entity(entityToJson(entity));
      for (const [id, at] of entity.duplicates.entries()) this.#events.seen(entity.id, id, at);
      const receiving = entity.kind === "topic" ? [...entity.subscriptions.values()] : [entity];
      for (const inner of receiving) {
        if (inner.kind === "subscription") this.#events.entity(entityToJson(inner));
        for (const session of inner.main.sessions.all()) {
          if (session.state !== null) this.#events.sessionState(inner.id, session.id, session.state);
        }
      }
    }
  }

  /** Deletes old segments that hold nothing any more, and moves on with emptying the oldest when that is worth it. */
  #shrink(): void {
    for (let oldest = this.#segments[0]; oldest !== undefined && oldest.live === 0; oldest = this.#segments[0]) {
      if (oldest === this.#writer.segment) break;
      this.#segments.shift();
      this.#moving = null;
      deleteSegment(oldest);
    }
    if (this.#moving === null) {
      let total = 0;
      for (const segment of this.#segments) total += segment.size;
      if (total < COMPACT_FROM_BYTES || total < this.#liveBytes * COMPACT_FACTOR) return;
      const oldest = this.#segments[0];
      if (oldest === undefined || oldest === this.#writer.segment) return;
      this.#moving = this.#moveOut(oldest);
    }
    if (this.#moving.next().done) this.#moving = null;
  }

  /** Writes the live messages of a segment again, some at each step. */
  *#moveOut(segment: Segment): Generator<void> {
    let moved = 0;
    for (const block of readBlocks(segment, false)) {
      for (const event of readEvents(block)) {
        if (event.type !== "put") continue;
        const record = queueOf(this.#namespace, event.message.entityId, event.message.role)?.messages.get(
          event.message.key,
        );
        if (record?.place !== segment) continue;
        this.put(record);
        if (++moved % MOVED_AT_ONCE === 0) yield;
      }
    }
  }

  // Reading

  #load(): Map<string, StoredMessage & { segment: Segment }> {
    const messages = new Map<string, StoredMessage & { segment: Segment }>();
    for (const [index, segment] of this.#segments.entries()) {
      for (const block of readBlocks(segment, index === this.#segments.length - 1)) {
        for (const event of readEvents(block)) this.#apply(event, segment, messages);
      }
    }
    return messages;
  }

  #apply(event: LogEvent, segment: Segment, messages: Map<string, StoredMessage & { segment: Segment }>): void {
    switch (event.type) {
      case "entity":
        entityFromJson(this.#namespace, event.json);
        return;
      case "entity-gone": {
        const entity = this.#namespace.byId(event.entityId);
        if (entity !== null) this.#namespace.delete(entity);
        return;
      }
      case "put": {
        const { message } = event;
        // The file's memory is let go; a message keeps its own.
        messages.set(placeOf(message), { ...message, bytes: Buffer.from(message.bytes), segment });
        this.#namespace.byId(message.entityId)?.counters.passed(partitionOf(message.key), counterOf(message.key));
        return;
      }
      case "update": {
        const message = messages.get(placeOf(event));
        if (message === undefined) return;
        message.deliveryCount = event.deliveryCount;
        message.state = event.state;
        return;
      }
      case "remove":
        messages.delete(placeOf(event));
        return;
      case "seen": {
        const entity = this.#namespace.byId(event.entityId);
        if (entity !== null && entity.kind !== "subscription") entity.duplicates.restore(event.id, event.at);
        return;
      }
      case "session-state": {
        const entity = this.#namespace.byId(event.entityId);
        if (entity !== null && entity.kind !== "topic") entity.main.sessions.restoreState(event.sessionId, event.state);
        return;
      }
    }
  }
}

export function openStore(directory: string, namespace: BrokerNamespace): Store {
  return new Store(directory, namespace);
}

function placeOf(message: { entityId: number; role: QueueRole; key: number }): string {
  return `${message.entityId} ${message.role} ${message.key}`;
}

function queueOf(namespace: BrokerNamespace, entityId: number, role: QueueRole): MessageQueue | null {
  const entity = namespace.byId(entityId);
  if (entity === null) return null;
  if (entity.kind === "topic" || role === "main") return entity.main;
  return role === "dead-letter" ? entity.deadLetter : entity.transferDeadLetter;
}

function restoreMessages(
  namespace: BrokerNamespace,
  messages: ReadonlyMap<string, StoredMessage & { segment: Segment }>,
): number {
  let liveBytes = 0;
  const ordered = [...messages.values()].sort((a, b) => a.key - b.key);
  for (const message of ordered) {
    const queue = queueOf(namespace, message.entityId, message.role);
    if (queue === null) continue;
    const record = new MessageRecord(queue, message);
    record.deliveryCount = message.deliveryCount;
    record.state = message.state;
    record.scheduledAt = message.scheduledAt;
    record.place = message.segment;
    message.segment.live++;
    liveBytes += record.bytes.length;
    queue.restore(record);
  }
  return liveBytes;
}
