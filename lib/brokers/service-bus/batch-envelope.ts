import { BATCH_ENTRY_OVERHEAD, encodeBatch } from "../../amqp/batch";
import { encodeList, encodeMap, encodeValue } from "../../amqp/encode-value";
import { encodeSection, PROPERTIES_FIELD, SECTION } from "../../amqp/sections";
import { NULL } from "../../amqp/values";
import type { PreparedCopy } from "../broker";
import { takeApart } from "./message-parts";
import { PARTITION_ANNOTATIONS } from "./wire-names";

/**
 * One transfer of several messages. Its envelope carries what the service routes a batch by: id, session and partition
 * keys of the first message, as Microsoft's libraries write it.
 */
export function encodeCopies(copies: readonly [PreparedCopy, ...PreparedCopy[]]): Uint8Array {
  return encodeBatch(
    copies.map(({ encoded }) => encoded),
    envelope(copies[0]),
  );
}

/** Bytes of a batch before its first message. */
export function envelopeSize(first: PreparedCopy): number {
  return envelope(first).reduce((sum, section) => sum + section.length, 0);
}

/** Bytes that a message takes in a batch. */
export function sizeInBatch(copy: PreparedCopy): number {
  return copy.encoded.length + BATCH_ENTRY_OVERHEAD;
}

function envelope({ encoded }: PreparedCopy): Uint8Array[] {
  const { annotations, properties } = takeApart(encoded);
  const bytes = ({ start, end }: { start: number; end: number }): Uint8Array => encoded.subarray(start, end);
  const keys = annotations
    .filter(({ key }) => key.type === "symbol" && PARTITION_ANNOTATIONS.has(key.value))
    .map(bytes);
  const fields = [PROPERTIES_FIELD.messageId, PROPERTIES_FIELD.groupId].map((index) => properties[index]);
  const sections: Uint8Array[] = [];
  if (keys.length > 0) sections.push(encodeSection(SECTION.messageAnnotations, encodeMap(keys)));
  if (fields.some((field) => field !== undefined && field.value.type !== "null")) {
    const row = Array.from({ length: PROPERTIES_FIELD.groupId + 1 }, () => encodeValue(NULL));
    for (const [i, index] of [PROPERTIES_FIELD.messageId, PROPERTIES_FIELD.groupId].entries()) {
      const field = fields[i];
      if (field !== undefined) row[index] = bytes(field);
    }
    sections.push(encodeSection(SECTION.properties, encodeList(row)));
  }
  return sections;
}
