import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { encodeValue } from "@/lib/amqp/encode-value";
import { encodeSection, joinSections, SECTION } from "@/lib/amqp/sections";
import { type AmqpValue, amqpString } from "@/lib/amqp/values";
import {
  annotated,
  brokerAnnotations,
  dataBody,
  EVERY_TYPE,
  encodeMessage,
  messageProperties,
  named,
  valueBody,
} from "@/lib/testing/messages";
import { contentHash } from "./content-hash";
import { takeApart } from "./message-parts";
import { readPeeked } from "./read-message";

/** One application property "n" with these bytes as its value. */
function message(value: Uint8Array): Uint8Array {
  const key = encodeValue(amqpString("n"));
  const size = key.length + value.length + 4;
  const head = Buffer.alloc(9);
  head[0] = 0xd1;
  head.writeUInt32BE(size, 1);
  head.writeUInt32BE(2, 5);
  return encodeSection(SECTION.applicationProperties, joinSections([head, key, value]));
}

/** The hash as it is defined: the shortest encoding of key and value, whatever stood in the message. */
function defined(value: AmqpValue): string {
  const bytes = joinSections([encodeValue(amqpString("n")), encodeValue(value)]);
  const head = Buffer.alloc(5);
  head[0] = SECTION.applicationProperties;
  head.writeUInt32BE(bytes.length, 1);
  return createHash("sha256").update(head).update(bytes).digest("hex");
}

const hashOf = (value: Uint8Array) => Buffer.from(contentHash(takeApart(message(value)))).toString("hex");

describe("R9: the hash of what a sender wrote", () => {
  it.each(Object.entries(EVERY_TYPE))("is that of the shortest encoding: %s", (_, value) => {
    expect(hashOf(encodeValue(value))).toBe(defined(value));
  });

  it.each<[string, number[], AmqpValue]>([
    ["an int of four bytes", [0x71, 0, 0, 0, 5], { type: "int", value: 5 }],
    ["an int of four bytes below zero", [0x71, 0xff, 0xff, 0xff, 0x80], { type: "int", value: -128 }],
    ["a long of eight bytes", [0x81, 0, 0, 0, 0, 0, 0, 0, 127], { type: "long", value: 127n }],
    ["a uint of four bytes", [0x70, 0, 0, 0, 9], { type: "uint", value: 9 }],
    ["a uint zero of one byte", [0x52, 0], { type: "uint", value: 0 }],
    ["a ulong zero of one byte", [0x53, 0], { type: "ulong", value: 0n }],
    ["a ulong of eight bytes", [0x80, 0, 0, 0, 0, 0, 0, 0, 1], { type: "ulong", value: 1n }],
    ["a boolean of one byte", [0x56, 1], { type: "boolean", value: true }],
    ["a short string with a long length", [0xb1, 0, 0, 0, 2, 0x61, 0x62], amqpString("ab")],
    ["a short binary with a long length", [0xb0, 0, 0, 0, 1, 7], { type: "binary", value: Uint8Array.of(7) }],
    ["a string that is no UTF-8", [0xa1, 2, 0xff, 0x61], amqpString("\ufffda")],
  ])("is the same in another encoding: %s", (_, bytes, value) => {
    expect(hashOf(Uint8Array.from(bytes))).toBe(defined(value));
  });

  it("stays what it was: the index and every plan hold hashes of this definition, and another one would make all of them another message", () => {
    const encoded = encodeMessage({
      annotations: [
        ...brokerAnnotations(7n, new Date("2026-11-21T08:00:00Z")),
        ...annotated({ "x-opt-partition-key": amqpString("p"), mine: amqpString("kept") }),
      ],
      properties: messageProperties({
        messageId: amqpString("m-1"),
        subject: amqpString("order"),
        groupId: amqpString("s-1"),
      }),
      applicationProperties: named({ DeadLetterReason: amqpString("left out"), tenant: amqpString("acme") }),
      body: [dataBody("{}"), dataBody("and more")],
    });
    expect(Buffer.from(contentHash(takeApart(encoded))).toString("hex")).toBe(
      "69bc83af8d5f46717776e3ad8e72791a12ce952f5253dbfd80a1b56481397bbd",
    );
  });

  /** Nobody on the way looks into a body: a sender's mistake, or a body that is merely nested deeper than is read here. */
  const nested = (depth: number): AmqpValue =>
    Array.from({ length: depth }).reduce<AmqpValue>((value) => ({ type: "list", items: [value] }), amqpString("deep"));
  it.each<[string, Uint8Array]>([
    ["a value nested too deep", valueBody(nested(40))],
    ["a list with an unknown format code", encodeSection(SECTION.value, Uint8Array.of(0xc0, 2, 1, 0x99))],
    ["a map with an odd number of values", encodeSection(SECTION.value, Uint8Array.of(0xc1, 2, 1, 0x41))],
    ["a sequence with bytes left over", encodeSection(SECTION.sequence, Uint8Array.of(0xc0, 3, 1, 0x41, 0x41))],
    ["a symbol beyond ASCII", encodeSection(SECTION.value, Uint8Array.of(0xa3, 2, 0xc3, 0xa9))],
    [
      "an array of text that is no UTF-8",
      encodeSection(SECTION.value, Uint8Array.of(0xe0, 103, 1, 0xa1, 100, ...Array.from({ length: 100 }, () => 0xff))),
    ],
    ["a data section that holds a string", encodeSection(SECTION.data, encodeValue(amqpString("text")))],
  ])("takes a body that cannot be decoded as its bytes, and the message is read: %s", (_, body) => {
    const read = (position: bigint, bytes: Uint8Array) =>
      readPeeked(
        encodeMessage({
          annotations: brokerAnnotations(position, new Date("2026-11-21T08:00:00Z")),
          applicationProperties: named({ DeadLetterReason: amqpString("Failed") }),
          body: [bytes],
        }),
      );
    const { position, reason, bodySize, contentHash: hash } = read(7n, body);
    expect({ position, reason, bodySize }).toEqual({ position: 7n, reason: "Failed", bodySize: body.length - 3 });
    expect(read(8n, body).contentHash).toEqual(hash);
    const changed = Uint8Array.from(body);
    changed[changed.length - 1] = 0x42;
    expect(read(7n, changed).contentHash).not.toEqual(hash);
  });
});
