import { rewriteMessage } from "@/lib/amqp/rewrite";
import { type AmqpValue, amqpString } from "@/lib/amqp/values";
import type { DeadLetterReason, PropertyChanges } from "./queue-contract";

/** Application properties that a consumer sets when it abandons, defers or dead-letters a message. */
export function setProperties(entries: readonly (readonly [string, AmqpValue])[]): PropertyChanges {
  return {
    apply(bytes) {
      const set = entries.map(([name, value]) => [{ type: "string", value: name } as const, value] as const);
      return asBuffer(rewriteMessage(bytes, { applicationProperties: { set } }));
    },
  };
}

/** The message as it enters a dead-letter queue: its application properties gain reason and description, all else stays. */
export function withDeadLetterReason(bytes: Buffer, reason: DeadLetterReason): Buffer {
  const changed = reason.properties ? reason.properties.apply(bytes) : bytes;
  const set: (readonly [AmqpValue & { type: "string" }, AmqpValue])[] = [];
  if (reason.reason !== null) set.push([property("DeadLetterReason"), amqpString(reason.reason)]);
  if (reason.description !== null) set.push([property("DeadLetterErrorDescription"), amqpString(reason.description)]);
  if (set.length === 0) return changed;
  return asBuffer(rewriteMessage(changed, { applicationProperties: { set } }));
}

function property(name: string): AmqpValue & { type: "string" } {
  return { type: "string", value: name };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
