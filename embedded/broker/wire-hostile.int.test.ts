import { afterAll, afterEach, describe, expect, test } from "vitest";
import { type AmqpValue, amqpString, NULL } from "@/lib/amqp/values";
import { eventually } from "../../lib/testing/eventually";
import { binary, bool, conditionOf, described, RawClient, section, uint } from "../../lib/testing/raw-amqp-client";
import { startBroker } from "./start-broker";

/** Whoever breaks the protocol is answered with the right error or cut off, while the others are served. */

const broker = await startBroker({
  config: { UserConfig: { Namespaces: [{ Name: "wire", Queues: ["hostile", "doors"].map((Name) => ({ Name })) }] } },
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
  return conditionOf(client.frames.find(({ code }) => code === 0x18)?.fields[0]) ?? "cut";
}

const GARBAGE: readonly (readonly [string, (client: RawClient) => void, RegExp])[] = [
  ["a frame of size 0", (client) => client.bytes(Buffer.alloc(8)), /framing-error/],
  ["a frame larger than agreed", (client) => client.bytes(Buffer.from("7fffffff02000000", "hex")), /framing-error/],
  [
    "a data offset outside of the frame",
    (client) => client.bytes(Buffer.from("00000008ff000000", "hex")),
    /framing-error/,
  ],
  ["an unknown frame type", (client) => client.bytes(Buffer.from("000000090202000040", "hex")), /framing-error/],
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
    /unattached-handle/,
  ],
  [
    "a flow on a handle that is not attached",
    (client) => client.frame(0x13, [uint(0), uint(1), uint(0), uint(1), uint(77), uint(0), uint(1)]),
    /unattached-handle/,
  ],
  ["a second begin on one channel", (client) => client.frame(0x11, [NULL, uint(0), uint(1), uint(1)]), /not-allowed/],
  ["a detach on a handle that is not attached", (client) => client.detach(5), /unattached-handle/],
  ["a second attach on one handle", (client) => attachTwice(client), /handle-in-use/],
  ["a second open", (client) => client.frame(0x10, [amqpString("again")]), /illegal-state/],
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
    client.frame(0x15, [bool(true), uint(0), uint(4_294_967_295), bool(true), described(0x24, [])]);
    client.frame(0x15, [bool(false), uint(0), uint(4_294_967_295), bool(true), described(0x24, [])]);
    await expectServing();
    expect(client.ended).toBe(false);
  });

  test("a transfer out of sequence ends the connection", async () => {
    const client = await rawClient().open();
    await client.attach("sender", "hostile");
    await client.answer(0x13);
    client.frame(0x14, [uint(0), uint(5), binary(Buffer.of(1)), uint(0)], section(0x77, NULL));
    client.frame(0x14, [uint(0), uint(9), binary(Buffer.of(1)), uint(0)], section(0x77, NULL));
    expect(await ending(client)).toBe("amqp:session:invalid-field");
    await expectServing();
  });

  test("a transfer on a link that was given no credit ends the connection", async () => {
    const client = await rawClient().open();
    // Refused, so no credit comes; the client sends all the same.
    await client.attach("sender", "nowhere");
    expect(conditionOf((await client.answer(0x16)).fields[2])).toBe("amqp:not-found");
    client.frame(0x14, [uint(0), uint(0), binary(Buffer.of(1)), uint(0)], section(0x77, NULL));
    expect(await ending(client)).toBe("amqp:link:transfer-limit-exceeded");
    await expectServing();
  });

  test("messages that are aborted or refused use credit, and are given it again", async () => {
    const client = await rawClient().open();
    await client.attach("sender", "hostile");
    const given = (await client.answer(0x13)).fields[6];
    if (given?.type !== "uint") throw new Error("the flow gives credit");
    const aborted = [bool(false), NULL, NULL, bool(false), bool(true)];
    client.socket.cork();
    for (let id = 0; id < given.value * 2; id++) {
      client.frame(0x14, [uint(0), uint(id), binary(Buffer.of(1)), uint(0), bool(false), ...aborted]);
    }
    client.socket.uncork();
    client.frame(
      0x14,
      [uint(0), uint(given.value * 2), binary(Buffer.of(1)), uint(0), bool(false), bool(false)],
      section(0x77, NULL),
    );
    expect((await client.answer(0x15)).fields[4]).toEqual(described(0x24, []));
    expect(client.ended).toBe(false);
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

  test("a request to $management that is no AMQP message closes that link with decode-error, not the connection", async () => {
    const client = await rawClient().open();
    await client.attach("sender", "hostile/$management");
    await client.answer(0x13);
    client.frame(
      0x14,
      [uint(0), uint(0), binary(Buffer.of(1)), uint(0), bool(false), bool(false)],
      Buffer.from("junk"),
    );
    expect(conditionOf((await client.answer(0x16)).fields[2])).toBe("amqp:decode-error");
    expect(client.ended).toBe(false);
    await expectServing();
  });

  test("three hundred connections whose frames are damaged at random hurt nobody", async () => {
    const random = randoms(7);
    const frames = goodFrames();
    for (let round = 0; round < 300; round++) {
      const client = rawClient();
      const bytes = Buffer.concat(frames);
      for (let hits = 1 + Math.floor(random() * 4); hits > 0; hits--)
        bytes[8 + Math.floor(random() * (bytes.length - 8))] = Math.floor(random() * 256);
      client.bytes(bytes.subarray(0, 8 + Math.floor(random() * (bytes.length - 8))));
      if (round % 50 === 49) {
        await expectServing();
        for (const each of clients.splice(0)) each.close();
      }
    }
    await eventually("all of them gone", () => broker.connections() === 0);
  });
});

/** What an honest client writes to open, attach, give credit and send, one write after the other. */
function goodFrames(): Buffer[] {
  const frames: Buffer[] = [];
  const recorder = Object.create(RawClient.prototype, {
    bytes: { value: (data: Uint8Array) => frames.push(Buffer.from(data)) },
  }) as RawClient;
  recorder.bytes(Buffer.from("AMQP\u0000\u0001\u0000\u0000", "latin1"));
  recorder.frame(0x10, [amqpString("raw"), amqpString("localhost")]);
  recorder.frame(0x11, [NULL, uint(0), uint(2048), uint(2048)]);
  recorder.attachTo("sender", described(0x29, [amqpString("hostile")]), 0, "s");
  recorder.attachTo("receiver", described(0x28, [amqpString("hostile")]), 1, "r");
  recorder.frame(0x14, [uint(0), uint(0), binary(Buffer.of(1)), uint(0)], section(0x77, amqpString("hello")));
  recorder.credit(5, 1);
  recorder.frame(0x15, [bool(true), uint(0), uint(0), bool(true), described(0x24, [])]);
  recorder.detach(0);
  return frames;
}

/** The same pseudo-random numbers each time. */
function randoms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
}
