import { connect, type Socket } from "node:net";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { decodeValue } from "@/lib/amqp/decode-value";
import { encodeValue } from "@/lib/amqp/encode-value";
import { type AmqpValue, amqpString, amqpSymbol, NULL } from "@/lib/amqp/values";
import { eventually } from "../../lib/testing/eventually";
import { type RunningBroker, startBroker } from "./start-broker";

/**
 * The wire itself, with a client of this file's own that shares no code with rhea: that bytes stay bytes, and that whoever breaks
 * the protocol is answered or cut off while the others are served.
 */

const broker: RunningBroker = await startBroker({
  config: {
    UserConfig: { Namespaces: [{ Name: "wire", Queues: ["bytes", "hostile", "doors"].map((Name) => ({ Name })) }] },
  },
});
afterAll(() => broker.close());

const uint = (value: number): AmqpValue => ({ type: "uint", value });
const bool = (value: boolean): AmqpValue => ({ type: "boolean", value });
const binary = (value: Uint8Array): AmqpValue => ({ type: "binary", value });
const described = (code: number, items: AmqpValue[]): AmqpValue => ({
  type: "described",
  descriptor: { type: "ulong", value: BigInt(code) },
  value: { type: "list", items },
});

interface Frame {
  readonly code: number;
  readonly fields: readonly AmqpValue[];
  readonly payload: Buffer;
}

class RawClient {
  readonly socket: Socket;
  readonly frames: Frame[] = [];
  ended = false;
  #received = Buffer.alloc(0);
  #headerSeen = false;

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.ended = true;
    });
    this.socket.on("data", (data) => {
      this.#received = Buffer.concat([this.#received, data]);
      this.#read();
    });
  }

  #read(): void {
    if (!this.#headerSeen) {
      if (this.#received.length < 8) return;
      this.#headerSeen = true;
      this.#received = this.#received.subarray(8);
    }
    while (this.#received.length >= 8) {
      const size = this.#received.readUInt32BE(0);
      if (this.#received.length < size) return;
      const frame = this.#received.subarray(0, size);
      this.#received = this.#received.subarray(size);
      if (size === 8) continue;
      const { value, end } = decodeValue(frame, 8);
      if (value.type !== "described" || value.descriptor.type !== "ulong" || value.value.type !== "list")
        throw new Error("a frame holds no performative");
      this.frames.push({
        code: Number(value.descriptor.value),
        fields: value.value.items,
        payload: Buffer.from(frame.subarray(end)),
      });
    }
  }

  bytes(data: Uint8Array): void {
    this.socket.write(data);
  }

  frame(code: number, items: AmqpValue[], payload: Uint8Array = Buffer.alloc(0)): void {
    const body = Buffer.concat([encodeValue(described(code, items)), payload]);
    const head = Buffer.alloc(8);
    head.writeUInt32BE(8 + body.length, 0);
    head[4] = 2;
    this.bytes(Buffer.concat([head, body]));
  }

  /** Header, open and begin, and the answers to them. */
  async open(): Promise<this> {
    this.bytes(Buffer.from("AMQP\u0000\u0001\u0000\u0000", "latin1"));
    this.frame(0x10, [amqpString("raw"), amqpString("localhost")]);
    this.frame(0x11, [NULL, uint(0), uint(2048), uint(2048)]);
    await this.answer(0x11);
    return this;
  }

  /** The next frame of this kind. */
  async answer(code: number): Promise<Frame> {
    return eventually(`frame 0x${code.toString(16)}`, () => {
      const at = this.frames.findIndex((frame) => frame.code === code);
      return at === -1 ? undefined : this.frames.splice(at, 1)[0];
    });
  }

  /** Attaches as a sender (to the entity) or as a receiver (from it), on handle 0. */
  async attach(role: "sender" | "receiver", address: string, handle = 0): Promise<void> {
    const terminus = described(role === "sender" ? 0x29 : 0x28, [amqpString(address)]);
    const none = described(role === "sender" ? 0x28 : 0x29, []);
    const [source, target] = role === "sender" ? [none, terminus] : [terminus, none];
    const modes: AmqpValue[] = [
      { type: "ubyte", value: 2 },
      { type: "ubyte", value: role === "receiver" ? 1 : 0 },
    ];
    this.frame(0x12, [
      amqpString(`${role}-${handle}`),
      uint(handle),
      bool(role === "receiver"),
      ...modes,
      source,
      target,
      NULL,
      NULL,
      uint(0),
    ]);
    await this.answer(0x12);
  }

  async send(id: number, message: Uint8Array): Promise<AmqpValue> {
    this.frame(0x14, [uint(0), uint(id), binary(Buffer.from([id])), uint(0), bool(false), bool(false)], message);
    return (await this.answer(0x15)).fields[4] as AmqpValue;
  }

  credit(count: number, handle = 0): void {
    this.frame(0x13, [uint(0), uint(2048), uint(0), uint(2048), uint(handle), uint(0), uint(count)]);
  }

  close(): void {
    this.socket.destroy();
  }
}

const clients: RawClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

function rawClient(): RawClient {
  const client = new RawClient(broker.amqpPort);
  clients.push(client);
  return client;
}

function section(code: number, value: AmqpValue): Buffer {
  return Buffer.concat([Buffer.of(0x00, 0x53, code), encodeValue(value)]);
}

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

describe("Bytes stay bytes", () => {
  for (const [name, body] of BODIES) {
    test(`${name}: from the properties on the very bytes arrive, the sender's header and annotations with them`, async () => {
      const unaltered = unalteredPart(body);
      const header = section(0x70, { type: "list", items: [bool(true), { type: "ubyte", value: 9 }] });
      const annotations = section(0x72, {
        type: "map",
        entries: [[amqpSymbol("x-custom"), { type: "decimal32", value: Buffer.from("22500001", "hex") }]],
      });
      const sender = await rawClient().open();
      await sender.attach("sender", "bytes");
      await sender.answer(0x13);
      await sender.send(0, Buffer.concat([header, annotations, unaltered]));
      const receiver = await rawClient().open();
      await receiver.attach("receiver", "bytes");
      receiver.credit(1);
      const { payload, fields } = await receiver.answer(0x14);
      expect(payload.subarray(payload.length - unaltered.length).equals(unaltered)).toBe(true);
      const front = payload.subarray(0, payload.length - unaltered.length);
      // Header: durable and priority as sent, first-acquirer true, delivery-count 0.
      expect(front.subarray(0, 12).toString("hex")).toBe("005370c00705415009404143");
      receiver.frame(0x15, [
        bool(true),
        fields[1] as AmqpValue,
        fields[1] as AmqpValue,
        bool(true),
        described(0x24, []),
      ]);
      await receiver.answer(0x15);
    });
  }

  test("the service's annotations are exact, by the byte", async () => {
    const sender = await rawClient().open();
    await sender.attach("sender", "bytes");
    await sender.answer(0x13);
    const before = Date.now();
    await sender.send(0, section(0x77, amqpString("x")));
    const receiver = await rawClient().open();
    await receiver.attach("receiver", "bytes");
    receiver.credit(1);
    const { payload, fields } = await receiver.answer(0x14);
    const long = (name: string, code: number): bigint => {
      const at = payload.indexOf(Buffer.concat([Buffer.of(0xa3, name.length), Buffer.from(name), Buffer.of(code)]));
      expect(at, name).toBeGreaterThan(0);
      return payload.readBigInt64BE(at + 3 + name.length);
    };
    expect(long("x-opt-sequence-number", 0x81)).toBeGreaterThan(0n);
    expect(Number(long("x-opt-enqueued-time", 0x83))).toBeGreaterThanOrEqual(before);
    expect(Number(long("x-opt-locked-until", 0x83) - long("x-opt-enqueued-time", 0x83))).toBeGreaterThanOrEqual(60_000);
    expect(fields[2]).toMatchObject({ type: "binary", value: expect.objectContaining({ length: 16 }) });
    receiver.frame(0x15, [bool(true), fields[1] as AmqpValue, fields[1] as AmqpValue, bool(true), described(0x24, [])]);
    await receiver.answer(0x15);
  });

  test("dead-lettering adds two application properties and leaves every other byte", async () => {
    const unaltered = unalteredPart([section(0x75, binary(Buffer.from("body")))]);
    const sender = await rawClient().open();
    await sender.attach("sender", "bytes");
    await sender.answer(0x13);
    await sender.send(0, unaltered);
    const receiver = await rawClient().open();
    await receiver.attach("receiver", "bytes");
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
    await receiver.attach("receiver", "bytes/$DeadLetterQueue", 1);
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

/** One message through the broker by another connection: it goes on serving. */
async function expectServing(): Promise<void> {
  const other = await rawClient().open();
  await other.attach("sender", "doors");
  await other.answer(0x13);
  expect(await other.send(0, section(0x77, amqpString("still here")))).toEqual(described(0x24, []));
  other.close();
}

/** The condition of the close frame, or "cut" when the connection ended without one. */
async function ending(client: RawClient): Promise<string> {
  await eventually("the end of the connection", () => client.ended || client.frames.some(({ code }) => code === 0x18));
  const error = client.frames.find(({ code }) => code === 0x18)?.fields[0];
  if (error?.type !== "described" || error.value.type !== "list" || error.value.items[0]?.type !== "symbol")
    return "cut";
  return error.value.items[0].value;
}

const GARBAGE: readonly (readonly [string, (client: RawClient) => void, RegExp])[] = [
  ["a frame of size 0", (client) => client.bytes(Buffer.alloc(8)), /framing-error/],
  ["a frame larger than agreed", (client) => client.bytes(Buffer.from("7fffffff02000000", "hex")), /framing-error/],
  [
    "a data offset outside of the frame",
    (client) => client.bytes(Buffer.from("00000008ff000000", "hex")),
    /framing-error/,
  ],
  ["an unknown frame type", (client) => client.bytes(Buffer.from("000000090202000040", "hex")), /./],
  ["a performative that is none", (client) => client.bytes(Buffer.from("0000000902000000ff", "hex")), /decode-error/],
  ["an unknown performative", (client) => client.frame(0x99, []), /framing-error/],
  [
    "an array that claims four thousand million nulls",
    (client) => client.bytes(Buffer.from("0000001802000000005310c00b01f000000005ffffffff40", "hex")),
    /decode-error/,
  ],
  ["values nested a hundred deep", (client) => client.bytes(nested()), /decode-error/],
  [
    "a transfer on a handle that is not attached",
    (client) => client.frame(0x14, [uint(9), uint(0), binary(Buffer.of(1)), uint(0)]),
    /./,
  ],
  [
    "a flow on a handle that is not attached",
    (client) => client.frame(0x13, [uint(0), uint(1), uint(0), uint(1), uint(77), uint(0), uint(1)]),
    /./,
  ],
  ["a second begin on one channel", (client) => client.frame(0x11, [NULL, uint(0), uint(1), uint(1)]), /./],
  ["a second attach on one handle", (client) => attachTwice(client), /handle-in-use/],
  ["a second open", (client) => client.frame(0x10, [amqpString("again")]), /./],
];

function attachTwice(client: RawClient): void {
  for (const name of ["one", "two"]) {
    client.frame(0x12, [
      amqpString(name),
      uint(0),
      bool(true),
      NULL,
      NULL,
      described(0x28, [amqpString("hostile")]),
      described(0x29, []),
    ]);
  }
}

function nested(): Buffer {
  const body = Buffer.alloc(300, 0);
  body.writeUInt32BE(300, 0);
  body[4] = 2;
  return body;
}

describe("Hostile clients", () => {
  for (const [name, attack, expected] of GARBAGE) {
    test(`${name}: the connection ends with an error, others are served`, async () => {
      const client = await rawClient().open();
      attack(client);
      expect(await ending(client)).toMatch(expected);
      await expectServing();
    });
  }

  test("bytes that are not AMQP end the connection", async () => {
    const client = rawClient();
    client.bytes(Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    await ending(client);
    await expectServing();
  });

  test("a disposition over four thousand million deliveries costs nothing", async () => {
    const sender = await rawClient().open();
    await sender.attach("sender", "hostile");
    await sender.answer(0x13);
    await sender.send(0, section(0x77, amqpString("unsettled")));
    const client = await rawClient().open();
    await client.attach("receiver", "hostile");
    client.credit(1);
    await client.answer(0x14);
    const start = performance.now();
    client.frame(0x15, [bool(true), uint(0), uint(4_294_967_295), bool(true), described(0x24, [])]);
    client.frame(0x15, [bool(false), uint(0), uint(4_294_967_295), bool(true), described(0x24, [])]);
    await expectServing();
    expect(performance.now() - start).toBeLessThan(2000);
    expect(client.ended).toBe(false);
  });

  test("a transfer without credit, and one out of sequence, end the connection", async () => {
    const client = await rawClient().open();
    await client.attach("sender", "hostile");
    await client.answer(0x13);
    client.frame(0x14, [uint(0), uint(5), binary(Buffer.of(1)), uint(0)], section(0x77, NULL));
    client.frame(0x14, [uint(0), uint(9), binary(Buffer.of(1)), uint(0)], section(0x77, NULL));
    expect(await ending(client)).toMatch(/session:invalid-field/);
    await expectServing();
  });

  test("a message that is no AMQP is rejected, and the link goes on", async () => {
    const client = await rawClient().open();
    await client.attach("sender", "hostile");
    await client.answer(0x13);
    const outcome = await client.send(0, Buffer.from("no message at all"));
    expect(JSON.stringify(outcome, (_, value) => (typeof value === "bigint" ? Number(value) : value))).toContain(
      "amqp:decode-error",
    );
    expect(await client.send(1, section(0x77, amqpString("fine")))).toEqual(described(0x24, []));
  });

  test("two messages of one write with different outcomes are each answered for themselves", async () => {
    const client = await rawClient().open();
    await client.attach("sender", "hostile");
    await client.answer(0x13);
    client.socket.cork();
    for (const [id, bytes] of [
      section(0x77, amqpString("fine")),
      Buffer.from("no message"),
      section(0x77, NULL),
    ].entries()) {
      client.frame(0x14, [uint(0), uint(id), binary(Buffer.from([id])), uint(0), bool(false), bool(false)], bytes);
    }
    client.socket.uncork();
    const outcomes = new Map<number, AmqpValue>();
    await eventually("three outcomes", () => {
      for (const { code, fields } of client.frames.splice(0)) {
        const [, first, last, , state] = fields;
        if (code !== 0x15 || first?.type !== "uint" || last?.type !== "uint") continue;
        for (let id = first.value; id <= last.value; id++) outcomes.set(id, state as AmqpValue);
      }
      return outcomes.size === 3;
    });
    expect(outcomes.get(0)).toEqual(described(0x24, []));
    expect(outcomes.get(1)).not.toEqual(described(0x24, []));
    expect(outcomes.get(2)).toEqual(described(0x24, []));
  });

  test("a message of many frames that grows too large is rejected without being kept", async () => {
    const client = await rawClient().open();
    await client.attach("sender", "hostile");
    await client.answer(0x13);
    for (let i = 0; i < 40; i++) {
      client.frame(
        0x14,
        [uint(0), i === 0 ? uint(0) : NULL, binary(Buffer.of(1)), uint(0), bool(false), bool(i < 39)],
        Buffer.alloc(60_000),
      );
    }
    const outcome = (await client.answer(0x15)).fields[4];
    expect(JSON.stringify(outcome, (_, value) => (typeof value === "bigint" ? Number(value) : value))).toContain(
      "message-size-exceeded",
    );
  });

  test("links to what does not exist are refused one by one, the connection stays", async () => {
    const client = await rawClient().open();
    await client.attach("receiver", "nowhere");
    const detached = await client.answer(0x16);
    expect(
      JSON.stringify(detached.fields[2], (_, value) => (typeof value === "bigint" ? Number(value) : value)),
    ).toContain("amqp:not-found");
    await client.attach("receiver", "hostile", 1);
    expect(client.ended).toBe(false);
  });

  test("half-open connections and clients that say nothing hold nobody up", async () => {
    const silent = Array.from({ length: 50 }, () => rawClient());
    for (const client of silent.slice(0, 25)) client.bytes(Buffer.from("AMQP"));
    await expectServing();
  });

  test("a thousand connects and disconnects leave nothing behind", async () => {
    for (let i = 0; i < 20; i++) {
      const batch = await Promise.all(Array.from({ length: 50 }, () => new RawClient(broker.amqpPort).open()));
      for (const client of batch) client.close();
    }
    await expectServing();
  });
});
