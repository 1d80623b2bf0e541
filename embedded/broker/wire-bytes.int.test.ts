import { afterAll, afterEach, describe, expect, test } from "vitest";
import { encodeValue } from "@/lib/amqp/encode-value";
import { type AmqpValue, amqpString, amqpSymbol, NULL } from "@/lib/amqp/values";
import { binary, bool, described, RawClient, section, uint } from "../../lib/testing/raw-amqp-client";
import { StandingClock } from "../../lib/testing/standing-clock";
import { startBroker } from "./start-broker";

/**
 * Bytes stay bytes, seen by a client of this repository's own that shares no code with rhea, and by the byte: what the service adds is
 * compared with hexadecimal text.
 */

const EVERY_TYPE: AmqpValue[] = [
  NULL,
  bool(true),
  { type: "ubyte", value: 200 },
  { type: "ushort", value: 60_000 },
  uint(7),
  uint(4_000_000_000),
  { type: "ulong", value: 0n },
  { type: "ulong", value: 18_446_744_073_709_551_615n },
  { type: "byte", value: -5 },
  { type: "short", value: -300 },
  { type: "int", value: -70_000 },
  { type: "long", value: -9_007_199_254_740_993n },
  { type: "float", value: 1.5 },
  { type: "double", value: 2 },
  { type: "decimal32", value: Buffer.from("22500001", "hex") },
  { type: "decimal64", value: Buffer.alloc(8, 9) },
  { type: "decimal128", value: Buffer.alloc(16, 8) },
  { type: "char", value: 0x1f600 },
  { type: "timestamp", value: 1_700_000_000_123n },
  { type: "uuid", value: Buffer.alloc(16, 3) },
  binary(Buffer.from([0, 1, 255])),
  amqpString("tëxt"),
  amqpSymbol("symbol"),
  { type: "list", items: [amqpString("nested"), uint(1)] },
  {
    type: "map",
    entries: [
      [amqpSymbol("k"), uint(2)],
      [uint(3), amqpString("v")],
    ],
  },
  { type: "array", elementCode: 0x71, descriptor: null, items: [{ type: "int", value: 1 }] },
  described(0x4242, [uint(1)]),
];

/** What comes behind the annotations: nothing of it may be touched. */
function unalteredPart(body: readonly Buffer[]): Buffer {
  const properties: AmqpValue[] = [
    { type: "uuid", value: Buffer.alloc(16, 1) },
    binary(Buffer.from("user")),
    amqpString("to"),
    amqpString("subject"),
    NULL,
    { type: "ulong", value: 99n },
    amqpSymbol("application/json"),
    amqpSymbol("gzip"),
    NULL,
    { type: "timestamp", value: 5n },
    NULL,
    uint(12),
  ];
  const entries = EVERY_TYPE.map((value, i) => [amqpString(`p${i}`), value] as const);
  // A long form where a short one would do, as some libraries write it: it must not be shortened.
  const longString = Buffer.concat([Buffer.of(0x00, 0x53, 0x75, 0xb0, 0, 0, 0, 2), Buffer.from("hi")]);
  return Buffer.concat([
    section(0x73, { type: "list", items: properties }),
    section(0x74, { type: "map", entries }),
    ...(body.length > 0 ? body : [longString]),
    section(0x78, { type: "map", entries: [[amqpSymbol("footer"), uint(1)]] }),
  ]);
}

const BODIES: readonly (readonly [string, readonly Buffer[]])[] = [
  ["a data section in long form", []],
  ["several data sections", [section(0x75, binary(Buffer.from("a"))), section(0x75, binary(Buffer.alloc(300, 1)))]],
  [
    "several sequences",
    [section(0x76, { type: "list", items: EVERY_TYPE }), section(0x76, { type: "list", items: [] })],
  ],
  ["a value of every type", [section(0x77, { type: "list", items: EVERY_TYPE })]],
  ["a null value", [section(0x77, NULL)]],
];

// 0x018bcfe56800 ms since 1970.
const clock = new StandingClock(1_700_000_000_000);
const broker = await startBroker({
  config: {
    UserConfig: {
      Namespaces: [
        {
          Name: "wire",
          Queues: [...BODIES.map((_, i) => `bytes-${i}`), "plain", "dead", "gone"].map((Name) => ({ Name })),
        },
      ],
    },
  },
  clock,
});
afterAll(() => broker.close());

const clients: RawClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

function rawClient(): RawClient {
  const client = new RawClient(broker.amqpPort);
  clients.push(client);
  return client;
}

/** The entries of an annotations map, as a client must find them. */
const HEX = {
  custom: `a308${ascii("x-custom")}7422500001`,
  sequenceNumber: (number: number): string => `a315${ascii("x-opt-sequence-number")}81${hex64(number)}`,
  enqueuedTime: `a313${ascii("x-opt-enqueued-time")}830000018bcfe56800`,
  active: `a313${ascii("x-opt-message-state")}5400`,
  // 60,000 ms later.
  lockedUntil: `a312${ascii("x-opt-locked-until")}830000018bcfe65260`,
};

function ascii(text: string): string {
  return Buffer.from(text, "latin1").toString("hex");
}

function hex64(number: number): string {
  return number.toString(16).padStart(16, "0");
}

/** A message annotations section of these entries, in the long form. */
function annotationsOf(...entries: readonly string[]): string {
  const content = entries.join("");
  const word = (number: number): string => number.toString(16).padStart(8, "0");
  return `005372d1${word(content.length / 2 + 4)}${word(entries.length * 2)}${content}`;
}

/** Receives one message on its own link; the payload and the delivery's number and tag. */
async function receiveOne(queue: string, handle = 0) {
  const receiver = await rawClient().open();
  await receiver.attach("receiver", queue, handle);
  receiver.credit(1, handle);
  const { payload, fields } = await receiver.answer(0x14);
  const settle = async (outcome: AmqpValue): Promise<void> => {
    receiver.frame(0x15, [bool(true), fields[1] as AmqpValue, fields[1] as AmqpValue, bool(true), outcome]);
    await receiver.answer(0x15);
  };
  return { payload, tag: fields[2], settle };
}

async function sendOne(queue: string, ...sections: readonly Buffer[]): Promise<void> {
  const sender = await rawClient().open();
  await sender.attach("sender", queue);
  await sender.answer(0x13);
  expect(await sender.send(0, Buffer.concat(sections))).toEqual(described(0x24, []));
}

const ACCEPTED = described(0x24, []);

describe("Bytes stay bytes", () => {
  for (const [index, [name, body]] of BODIES.entries()) {
    test(`${name}: the whole message is what was sent, but for delivery count and the service's annotations`, async () => {
      const unaltered = unalteredPart(body);
      const header = section(0x70, { type: "list", items: [bool(true), { type: "ubyte", value: 9 }] });
      const deliveryAnnotations = section(0x71, {
        type: "map",
        entries: [[amqpSymbol("x-hop"), { type: "list", items: EVERY_TYPE }]],
      });
      const custom = section(0x72, {
        type: "map",
        entries: [
          [amqpSymbol("x-custom"), { type: "decimal32", value: Buffer.from("22500001", "hex") }],
          // What a sender claims in the service's name is not believed.
          [amqpSymbol("x-opt-sequence-number"), { type: "long", value: 77n }],
          [amqpSymbol("x-opt-locked-until"), { type: "timestamp", value: 1n }],
        ],
      });
      const queue = `bytes-${index}`;
      await sendOne(queue, header, deliveryAnnotations, custom, unaltered);
      const { payload, settle } = await receiveOne(queue);
      // Header: durable and priority as sent, first-acquirer true, delivery-count 0.
      const expected = [
        "005370c00705415009404143",
        deliveryAnnotations.toString("hex"),
        annotationsOf(HEX.custom, HEX.sequenceNumber(1), HEX.enqueuedTime, HEX.active, HEX.lockedUntil),
        unaltered.toString("hex"),
      ];
      expect(payload.toString("hex")).toBe(expected.join(""));
      await settle(ACCEPTED);
    });
  }

  test("a message of a body alone gains a header and the annotations, byte by byte; its lock token is 16 bytes", async () => {
    await sendOne("plain", Buffer.from("005377a10178", "hex"));
    const { payload, tag, settle } = await receiveOne("plain");
    expect(payload.toString("hex")).toBe(
      [
        // Header, a list of five: durable, priority and ttl null, first-acquirer true, delivery-count 0.
        "005370c006054040404143",
        // Message annotations, a map of four pairs: sequence number 1, enqueued and locked until, state 0.
        "005372d10000007600000008",
        "a315782d6f70742d73657175656e63652d6e756d626572810000000000000001",
        "a313782d6f70742d656e7175657565642d74696d65830000018bcfe56800",
        "a313782d6f70742d6d6573736167652d73746174655400",
        "a312782d6f70742d6c6f636b65642d756e74696c830000018bcfe65260",
        // The body as it was sent.
        "005377a10178",
      ].join(""),
    );
    expect(tag).toMatchObject({ type: "binary", value: expect.objectContaining({ length: 16 }) });
    await settle(described(0x27, [bool(true), bool(false)]));
    const again = await receiveOne("plain");
    // Abandoned once: first-acquirer false, delivery-count 1.
    expect(again.payload.subarray(0, 12).toString("hex")).toBe("005370c00705404040425201");
    await again.settle(ACCEPTED);
  });

  test("dead-lettering adds two application properties and leaves every other byte", async () => {
    const unaltered = unalteredPart([section(0x75, binary(Buffer.from("body")))]);
    const sender = await rawClient().open();
    await sender.attach("sender", "dead");
    await sender.answer(0x13);
    await sender.send(0, unaltered);
    const receiver = await rawClient().open();
    await receiver.attach("receiver", "dead");
    receiver.credit(1);
    const { fields } = await receiver.answer(0x14);
    const info: AmqpValue = {
      type: "map",
      entries: [
        [amqpString("DeadLetterReason"), amqpString("R")],
        [amqpString("DeadLetterErrorDescription"), amqpString("D")],
      ],
    };
    const error: AmqpValue = {
      type: "described",
      descriptor: { type: "ulong", value: 0x1dn },
      value: { type: "list", items: [amqpSymbol("com.microsoft:dead-letter"), NULL, info] },
    };
    receiver.frame(0x15, [
      bool(true),
      fields[1] as AmqpValue,
      fields[1] as AmqpValue,
      bool(false),
      described(0x25, [error]),
    ]);
    await receiver.answer(0x15);
    await receiver.attach("receiver", "dead/$DeadLetterQueue", 1);
    receiver.credit(1, 1);
    const { payload } = await receiver.answer(0x14);
    const entries = Buffer.concat(
      EVERY_TYPE.map((value, i) => Buffer.concat([encodeValue(amqpString(`p${i}`)), encodeValue(value)])),
    );
    const added = Buffer.concat(
      ["DeadLetterReason", "R", "DeadLetterErrorDescription", "D"].map((text) => encodeValue(amqpString(text))),
    );
    expect(payload.includes(Buffer.concat([entries, added]))).toBe(true);
    const tail = Buffer.concat([
      section(0x75, binary(Buffer.from("body"))),
      section(0x78, { type: "map", entries: [[amqpSymbol("footer"), uint(1)]] }),
    ]);
    expect(payload.subarray(payload.length - tail.length).equals(tail)).toBe(true);
    expect(payload.includes(unaltered.subarray(0, 60))).toBe(true);
  });
});
