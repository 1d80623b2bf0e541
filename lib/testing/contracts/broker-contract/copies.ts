import { describe, expect, test } from "vitest";
import { decodeListFields, decodeMapEntries } from "../../../amqp/decode-value";
import { HEADER_FIELD, SECTION, type Section, splitSections } from "../../../amqp/sections";
import { dataBody, encodeMessage } from "../../messages";
import { COPY_MATRIX } from "../copy-matrix";
import type { ContractBench } from "./contract-bench";

/** What of a message arrives as it was. */
export function copyContract(bench: ContractBench): void {
  const { later, dlq, copyOf, kill, lockAll, empty } = bench;
  describe("R8: copies", () => {
    test.each(Object.entries(COPY_MATRIX))("a message with %s arrives as it was sent", async (_what, shape) => {
      const queue = dlq(bench.fixture.entities.queue);
      const original = encodeMessage(shape);
      await kill(queue.entityPath, original);
      const receiver = later(await bench.broker.openReceiver(queue));
      const sender = later(await bench.broker.openSender(queue.entityPath));
      const [locked] = await lockAll(receiver, 1);
      if (locked === undefined) throw new Error("nothing was locked");
      await sender.send([copyOf(locked.message)], 5_000);
      await receiver.complete(locked);
      const [arrived] = await bench.fixture.consume(queue.entityPath, 1);
      expect(sendersBytes(arrived)).toEqual(sendersBytes(original));
      expect(await bench.broker.peek(queue, 0n, 1)).toEqual([]);
    });

    test("stamps and edits arrive, and a stamped copy is known when it comes back dead", async () => {
      const queue = dlq(bench.fixture.entities.queue);
      await kill(
        queue.entityPath,
        encodeMessage({ ...COPY_MATRIX["every AMQP type in application properties"], body: [dataBody('{"a":1.0}')] }),
      );
      const [first] = await bench.broker.peek(queue, 0n, 1);
      if (first === undefined) throw new Error("nothing was peeked");
      const sender = later(await bench.broker.openSender(queue.entityPath));
      const stamp = { itemId: "4b5c6d00-0000-4000-8000-000000000001", attempt: 2, originalKey: first.key };
      const changes = {
        stamp,
        messageId: "replay-1",
        body: Buffer.from('{"a":2.0}'),
        properties: [{ name: "anInt", set: { type: "long", value: "9007199254740993" } }],
      };
      await sender.send([copyOf(first, changes)], 5_000);
      await bench.fixture.deadLetter(queue.entityPath, 1, "Again", "still");
      const returned = (await bench.broker.peek(queue, first.position + 1n, 10))[0];
      expect(returned).toMatchObject({ stamp, messageId: "replay-1", reason: "Again", bodySize: 9 });
      expect(returned?.properties).toContainEqual({ name: "anInt", type: "long", value: "9007199254740993" });
      expect(returned?.properties.filter(({ name }) => name === "DeadLetterReason")).toHaveLength(1);
      await empty(queue);
    });
  });
}

/** What a message's sender wrote, section by section in hexadecimal, without what the broker writes on delivery. */
function sendersBytes(encoded: Uint8Array | undefined): Record<string, string[]> {
  if (encoded === undefined) throw new Error("no message arrived");
  const hex = (start: number, end: number): string => Buffer.from(encoded.subarray(start, end)).toString("hex");
  const parts: Record<string, string[]> = {};
  for (const section of splitSections(encoded)) {
    const own = senderPart(encoded, section, hex);
    if (own.length > 0) parts[section.code.toString(16)] = [...(parts[section.code.toString(16)] ?? []), ...own];
  }
  return parts;
}

const BROKERS_ANNOTATIONS =
  /^x-opt-(sequence-number|enqueued-time|locked-until|enqueue-sequence-number|message-state|deadletter-source)$/;

function senderPart(encoded: Uint8Array, section: Section, hex: (start: number, end: number) => string): string[] {
  switch (section.code) {
    case SECTION.header: {
      const fields = decodeListFields(encoded, section.bodyStart).slice(0, HEADER_FIELD.firstAcquirer);
      return fields.some(({ value }) => value.type !== "null") ? fields.map(({ start, end }) => hex(start, end)) : [];
    }
    case SECTION.deliveryAnnotations:
      return [];
    case SECTION.messageAnnotations:
      return decodeMapEntries(encoded, section.bodyStart)
        .filter(({ key }) => !(key.type === "symbol" && BROKERS_ANNOTATIONS.test(key.value)))
        .map(({ start, end }) => hex(start, end));
    default:
      return [hex(section.start, section.end)];
  }
}
