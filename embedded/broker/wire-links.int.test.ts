import { afterAll, afterEach, describe, expect, test } from "vitest";
import { type AmqpValue, amqpString, NULL } from "@/lib/amqp/values";
import { eventually } from "../../lib/testing/eventually";
import { bool, conditionOf, described, RawClient, section, uint } from "../../lib/testing/raw-amqp-client";
import { type RunningBroker, startBroker } from "./start-broker";

/** How links, sessions and connections begin and end, seen by a client that shares no code with rhea. */

const CONFIG = {
  UserConfig: {
    Namespaces: [
      {
        Name: "links",
        Queues: [
          { Name: "orders" },
          { Name: "narrow" },
          { Name: "relay", Properties: { ForwardTo: "orders" } },
          { Name: "talks", Properties: { RequiresSession: true } },
        ],
        Topics: [{ Name: "events", Subscriptions: [{ Name: "all" }] }],
      },
    ],
  },
};
const broker = await startBroker({ config: CONFIG });
afterAll(() => broker.close());

const clients: RawClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

function rawClient(of: RunningBroker = broker): RawClient {
  const client = new RawClient(of.amqpPort);
  clients.push(client);
  return client;
}

const ACCEPTED = described(0x24, []);
const source = (...fields: AmqpValue[]): AmqpValue => described(0x28, fields);
const target = (...fields: AmqpValue[]): AmqpValue => described(0x29, fields);

/** The answers to an attach that was refused: the attach has no terminus, the detach closes with the reason. */
async function refusal(client: RawClient, role: "sender" | "receiver"): Promise<string | null> {
  const attach = await client.answer(0x12);
  expect(attach.fields[role === "sender" ? 6 : 5] ?? NULL).toEqual(NULL);
  const { fields } = await client.answer(0x16);
  expect(fields[1]).toEqual(bool(true));
  return conditionOf(fields[2]);
}

describe("Wrong links", () => {
  const WRONG: readonly (readonly [string, "sender" | "receiver", AmqpValue, string])[] = [
    ["to an entity that does not exist", "sender", target(amqpString("nowhere")), "amqp:not-found"],
    ["from an entity that does not exist", "receiver", source(amqpString("nowhere")), "amqp:not-found"],
    ["from a topic", "receiver", source(amqpString("events")), "amqp:not-found"],
    ["to the $management of what does not exist", "sender", target(amqpString("no/$management")), "amqp:not-found"],
    ["to a dead-letter queue", "sender", target(amqpString("orders/$DeadLetterQueue")), "amqp:not-allowed"],
    [
      "to a transfer dead-letter queue",
      "sender",
      target(amqpString("orders/$Transfer/$DeadLetterQueue")),
      "amqp:not-allowed",
    ],
    ["to a subscription", "sender", target(amqpString("events/Subscriptions/all")), "amqp:not-allowed"],
    ["from a queue that forwards", "receiver", source(amqpString("relay")), "amqp:not-allowed"],
    ["from a queue of sessions, without one", "receiver", source(amqpString("talks")), "amqp:not-allowed"],
    ["to nowhere (null address)", "sender", target(NULL), "amqp:invalid-field"],
    ["from nowhere (null address)", "receiver", source(NULL), "amqp:invalid-field"],
    [
      "to a node that the broker should make up",
      "sender",
      target(NULL, NULL, NULL, NULL, bool(true)),
      "amqp:invalid-field",
    ],
    ["to a transaction coordinator", "sender", described(0x30, []), "amqp:not-implemented"],
    ["to a terminus of an unknown kind", "sender", described(0x4711, []), "amqp:invalid-field"],
  ];
  for (const [name, role, terminus, condition] of WRONG) {
    test(`${name}: ${condition}, and the connection goes on`, async () => {
      const client = await rawClient().open();
      client.attachTo(role, terminus, 0, "wrong");
      expect(await refusal(client, role)).toBe(condition);
      await client.attach("sender", "orders", 1);
      expect(client.ended).toBe(false);
    });
  }
});

describe("Handles, names and channels", () => {
  test("a refused link's handle and name are free again when the client has detached it", async () => {
    const client = await rawClient().open();
    client.attachTo("sender", target(amqpString("nowhere")), 0, "same");
    expect(await refusal(client, "sender")).toBe("amqp:not-found");
    client.detach(0);
    client.attachTo("sender", target(amqpString("orders")), 0, "same");
    await client.answer(0x12);
    await client.answer(0x13);
    expect(await client.send(0, section(0x77, amqpString("in the second attempt")))).toEqual(ACCEPTED);
  });

  test("a link that the client closes frees its handle and name at once, also within one write", async () => {
    const client = await rawClient().open();
    await client.attach("sender", "orders");
    await client.answer(0x13);
    for (let round = 0; round < 3; round++) {
      client.socket.cork();
      client.detach(0);
      client.attachTo("sender", target(amqpString("orders")), 0, "sender-0");
      client.socket.uncork();
      await client.answer(0x12);
      await client.answer(0x16);
      await client.answer(0x13);
      expect(await client.send(round, section(0x77, amqpString("again")))).toEqual(ACCEPTED);
    }
    expect(client.frames.filter(({ code }) => code === 0x16)).toEqual([]);
  });

  test("twenty links come and go on one handle of one session", async () => {
    const client = await rawClient().open();
    for (let round = 0; round < 20; round++) {
      await client.attach("receiver", "orders/$DeadLetterQueue");
      client.detach(0);
      await client.answer(0x16);
    }
    expect(client.ended).toBe(false);
  });

  test("a name that is in use ends the connection", async () => {
    const client = await rawClient().open();
    client.attachTo("sender", target(amqpString("orders")), 0, "same");
    client.attachTo("sender", target(amqpString("orders")), 1, "same");
    expect(conditionOf((await client.answer(0x18)).fields[0])).toBe("amqp:not-allowed");
  });

  test("a channel is free when its session has ended, also within one write", async () => {
    const client = await rawClient().open();
    await client.attach("sender", "orders");
    client.socket.cork();
    client.frame(0x17, []);
    client.frame(0x11, [NULL, uint(0), uint(2048), uint(2048)]);
    client.socket.uncork();
    await client.answer(0x11);
    await client.answer(0x17);
    await client.attach("sender", "orders");
    client.frames.length = 0;
    expect(await client.send(0, section(0x77, amqpString("on the new session")))).toEqual(ACCEPTED);
  });
});

describe("The session's window", () => {
  test("a client that takes no more frames is sent no more, nothing is locked for it, and it goes on when it takes some", async () => {
    const sender = await rawClient().open();
    await sender.attach("sender", "narrow");
    await sender.answer(0x13);
    for (let id = 0; id < 6; id++) await sender.send(id, section(0x77, uint(id)));
    const transfers = (client: RawClient): number => client.frames.filter(({ code }) => code === 0x14).length;

    const narrow = await rawClient().open(2);
    await narrow.attach("receiver", "narrow");
    narrow.credit(10, 0, 2);
    await eventually("two messages", () => transfers(narrow) === 2);
    const other = await rawClient().open();
    await other.attach("receiver", "narrow");
    other.credit(2);
    // The two that the first has no room for.
    await eventually("two messages for another", () => transfers(other) === 2);
    narrow.openWindow(2, 5);
    await eventually("the last two", () => transfers(narrow) === 4);
    expect(transfers(other)).toBe(2);
  });

  test("a client that drains is left no credit, however little it takes", async () => {
    const narrow = await rawClient().open(1);
    const sender = await rawClient().open();
    await sender.attach("sender", "narrow");
    await sender.answer(0x13);
    for (let id = 0; id < 3; id++) await sender.send(id, section(0x77, uint(id)));
    await narrow.attach("receiver", "narrow");
    const drain = [uint(0), uint(1), uint(0), uint(2048), uint(0), uint(0), uint(5), NULL, bool(true)];
    narrow.frame(0x13, drain);
    const flow = await narrow.answer(0x13);
    expect(flow.fields.slice(4, 7)).toEqual([uint(0), uint(5), uint(0)]);
  });
});

describe("Connections", () => {
  test("a connection that never says what it wants is closed, half a header or none", async () => {
    const impatient = await startBroker({ config: CONFIG, timeouts: { openMs: 50, idleMs: 60_000 } });
    try {
      const silent = rawClient(impatient);
      const half = rawClient(impatient);
      half.bytes(Buffer.from("AMQP"));
      const opened = await rawClient(impatient).open();
      await eventually("the end of the silent ones", () => silent.ended && half.ended);
      await eventually("one connection left", () => impatient.connections() === 1);
      await opened.attach("sender", "orders");
      expect(opened.ended).toBe(false);
    } finally {
      await impatient.close();
    }
  });

  test("a client that is gone without a word is closed after twice the idle time; one that sends empty frames stays", async () => {
    const impatient = await startBroker({ config: CONFIG, timeouts: { openMs: 30_000, idleMs: 100 } });
    try {
      const gone = await rawClient(impatient).open();
      const alive = await rawClient(impatient).open();
      const beat = setInterval(() => alive.bytes(Buffer.from("0000000802000000", "hex")), 30);
      try {
        expect(conditionOf((await gone.answer(0x18)).fields[0])).toBe("amqp:resource-limit-exceeded");
        await eventually("the other connection only", () => gone.ended && impatient.connections() === 1);
        await alive.attach("sender", "orders");
        expect(alive.ended).toBe(false);
      } finally {
        clearInterval(beat);
      }
    } finally {
      await impatient.close();
    }
  });

  test("a session that a vanished client held is free again", async () => {
    const first = await rawClient().open();
    const wanted = (name: string): AmqpValue =>
      source(amqpString("talks"), NULL, NULL, NULL, NULL, NULL, NULL, {
        type: "map",
        entries: [[{ type: "symbol", value: "com.microsoft:session-filter" }, amqpString(name)]],
      });
    first.attachTo("receiver", wanted("s"), 0, "first");
    await first.answer(0x12);
    first.close();
    await eventually("the session", async () => {
      const next = await rawClient().open();
      next.attachTo("receiver", wanted("s"), 0, "next");
      return (await next.answer(0x12)).fields[5]?.type === "described";
    });
  });

  test("a thousand connects and disconnects leave nothing behind, and the next client is served", async () => {
    for (let i = 0; i < 20; i++) {
      const batch = await Promise.all(
        Array.from({ length: 50 }, async () => {
          const client = await new RawClient(broker.amqpPort).open();
          await client.attach("receiver", "orders");
          return client;
        }),
      );
      for (const [index, client] of batch.entries()) {
        if (index % 2 === 0) client.close();
        else client.frame(0x18, []);
      }
    }
    for (const client of clients.splice(0)) client.close();
    await eventually("no connection left", () => broker.connections() === 0);
    const other = await rawClient().open();
    await other.attach("sender", "orders");
    await other.answer(0x13);
    expect(await other.send(0, section(0x77, amqpString("still here")))).toEqual(ACCEPTED);
    expect(broker.connections()).toBe(1);
  });
});
