import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { decodeListFields, decodeMapEntries } from "../../amqp/decode-value";
import { HEADER_FIELD, SECTION, type Section, splitSections } from "../../amqp/sections";
import { amqpString } from "../../amqp/values";
import {
  type Broker,
  BrokerError,
  type BrokerMessage,
  type CopyChanges,
  type DeadLetterReceiver,
  type LockedMessage,
  type MessageCodec,
  type PreparedCopy,
  type QueueAddress,
} from "../../brokers/broker";
import { eventually } from "../eventually";
import { annotated, dataBody, encodeMessage, messageProperties, named } from "../messages";
import { TcpProxy } from "../tcp-proxy";
import type { BrokerFixture } from "./broker-fixture";
import { COPY_MATRIX } from "./copy-matrix";

/** What every adapter of the broker port has to do, tried on a real broker. */
export function brokerContract(
  kind: string,
  codec: MessageCodec,
  start: () => Promise<BrokerFixture & { close(): Promise<void> }>,
): void {
  describe(`broker contract: ${kind}`, () => {
    let fixture: BrokerFixture & { close(): Promise<void> };
    let broker: Broker;
    const opened: { close(): Promise<void> }[] = [];

    beforeAll(async () => {
      fixture = await start();
      broker = fixture.open();
    });
    afterEach(async () => {
      for (const each of opened.splice(0).reverse()) await each.close();
    });
    afterAll(async () => {
      await broker.close();
      await fixture.close();
    });

    const later = <T extends { close(): Promise<void> }>(each: T): T => {
      opened.push(each);
      return each;
    };
    const dlq = (entityPath: string): QueueAddress => ({ entityPath, subQueue: "dead-letter" });
    const text = (id: string, body = id): Uint8Array =>
      encodeMessage({ properties: messageProperties({ messageId: amqpString(id) }), body: [dataBody(body)] });
    const copyOf = (message: BrokerMessage, changes: CopyChanges = { stamp: null }): PreparedCopy =>
      codec.prepareCopy(message.encoded, changes);

    /** Sends messages and lets their consumer dead-letter them. */
    const kill = async (entity: string, ...messages: readonly Uint8Array[]): Promise<void> => {
      await fixture.send(entity, ...messages);
      await fixture.deadLetter(entity, messages.length, "Bad", "because");
    };

    const lockAll = async (receiver: DeadLetterReceiver, count: number): Promise<LockedMessage[]> => {
      const locked: LockedMessage[] = [];
      while (locked.length < count) {
        const more = await receiver.lock(count - locked.length, 2_000);
        if (more.length === 0) throw new Error(`${locked.length} of ${count} messages could be locked`);
        locked.push(...more);
      }
      return locked;
    };

    /** Locks and completes whatever the DLQ holds. */
    const empty = async (queue: QueueAddress): Promise<void> => {
      const receiver = await broker.openReceiver(queue);
      try {
        while ((await broker.peek(queue, 0n, 1)).length > 0) {
          for (const locked of await receiver.lock(100, 1_000)) await receiver.complete(locked);
        }
      } finally {
        await receiver.close();
      }
    };

    const failure = async (promise: Promise<unknown>): Promise<BrokerError> => {
      const error = await promise.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(BrokerError);
      return error as BrokerError;
    };

    describe("discovery", () => {
      test("lists every dead-letter queue with its origin and settings", async () => {
        const { queue, relay, takesAll, topic, forwarding, graves } = fixture.entities;
        const listed = await broker.listQueues();
        const found = (entityPath: string | null, subQueue = "dead-letter") =>
          listed.find((each) => each.entityPath === entityPath && each.subQueue === subQueue);
        expect(found(queue)).toMatchObject({
          entityKind: "queue",
          originPath: queue,
          settings: {
            lockSeconds: 30,
            maxDeliveryCount: 3,
            requiresSession: false,
            partitioned: false,
            maxMessageBytes: 1_048_576,
            duplicateDetection: { enabled: false },
            forwardDeadLettersTo: null,
          },
        });
        if (takesAll !== null) {
          expect(found(takesAll)).toMatchObject({
            entityKind: "subscription",
            originPath: topic,
            settings: {
              lockSeconds: 45,
              maxDeliveryCount: 7,
              duplicateDetection: { enabled: true, windowSeconds: 300 },
            },
          });
        }
        if (relay !== null) expect(found(relay, "transfer-dead-letter")).toBeDefined();
        expect(found(queue, "transfer-dead-letter")).toBeUndefined();
        if (forwarding !== null && graves !== null) {
          expect(found(forwarding)?.settings?.forwardDeadLettersTo).toBe(graves);
          expect(found(graves, "forwarded")).toMatchObject({ originPath: forwarding });
        }
      });

      test("patterns let through what one includes and none excludes", async () => {
        const { queue, topic } = fixture.entities;
        const some = later(fixture.open({ include: [`${queue.slice(0, 3)}*`, `${topic}/*`], exclude: ["*/picky"] }));
        const paths = (await some.listQueues()).map(({ entityPath }) => entityPath);
        expect(paths.sort()).toEqual([`${topic}/subscriptions/all`, queue].sort());
      });

      test("named entities are read without listing; one that does not exist is left out", async () => {
        const { queue, topic } = fixture.entities;
        const some = later(fixture.open({ entities: [queue, "nowhere", ...(topic === null ? [] : [topic])] }));
        const paths = (await some.listQueues()).map(({ entityPath }) => entityPath);
        expect(paths).toContain(queue);
        expect(paths).not.toContain("nowhere");
        if (topic !== null) expect(paths).toContain(`${topic}/subscriptions/all`);
      });

      test("a topic tells its subscriptions with their rules, a queue has none", async () => {
        const { topic, queue } = fixture.entities;
        expect(await broker.listSubscriptions(queue)).toBeNull();
        if (topic === null) return;
        expect(await broker.listSubscriptions(topic)).toEqual([
          { name: "all", requiresSession: false, rules: [{ name: "$Default", filter: "1=1" }] },
          {
            name: "picky",
            requiresSession: false,
            rules: [
              { name: "eu", filter: "region = 'eu' AND amount > 5" },
              { name: "vip", filter: "sys.Label = 'vip''s' AND user.[tier] = 'gold'" },
            ],
          },
        ]);
      });
    });

    test("lists what can be sent to, with what decides of a copy there", async () => {
      const { topic, queue } = fixture.entities;
      const targets = await broker.listTargets();
      expect(targets.find(({ path }) => path === queue)).toMatchObject({
        kind: "queue",
        settings: { disabled: false, forwardTo: null, requiresSession: false },
        subscriptions: null,
      });
      if (topic === null) return;
      const found = targets.find(({ path }) => path === topic);
      expect(found?.kind).toBe("topic");
      expect(found?.subscriptions?.map(({ name }) => name)).toEqual(["all", "picky"]);
    });

    describe("reading", () => {
      test("peeks in ascending order from a position, without a trace, and counts", async () => {
        const queue = dlq(fixture.entities.queue);
        await kill(queue.entityPath, text("a"), text("b"), text("c"));
        const all = await broker.peek(queue, 0n, 10);
        expect(all.map(({ messageId }) => messageId)).toEqual(["a", "b", "c"]);
        expect(all.map(({ reason, description }) => `${reason}: ${description}`)).toEqual(
          Array(3).fill("Bad: because"),
        );
        const second = all[1]?.position ?? 0n;
        expect((await broker.peek(queue, second, 1)).map(({ messageId }) => messageId)).toEqual(["b"]);
        expect((await broker.peek(queue, second + 1n, 10)).map(({ messageId }) => messageId)).toEqual(["c"]);
        expect(await broker.peek(queue, (all[2]?.position ?? 0n) + 1n, 10)).toEqual([]);
        expect((await broker.peek(queue, 0n, 10)).map(factsOf)).toEqual(all.map(factsOf));
        expect((await broker.countDeadLetters(queue))?.count).toBe(3n);
        await empty(queue);
      });

      test("R9: a message has the same facts and content hash peeked and locked, locked or not", async () => {
        const queue = dlq(fixture.entities.queue);
        await kill(queue.entityPath, text("a"));
        const [peeked] = await broker.peek(queue, 0n, 1);
        const receiver = later(await broker.openReceiver(queue));
        const [locked] = await receiver.lock(1, 2_000);
        const [whileLocked] = await broker.peek(queue, 0n, 1);
        const facts = (message: BrokerMessage | undefined) => message && { ...factsOf(message), encoded: null };
        expect(facts(peeked)).toBeDefined();
        expect(facts(locked?.message)).toEqual(facts(peeked));
        expect(facts(whileLocked)).toEqual(facts(peeked));
        if (locked !== undefined) await receiver.complete(locked);
      });

      test("positions above 2^53 are exact", async () => {
        if (fixture.entities.partitioned === null) return;
        const queue = dlq(fixture.entities.partitioned);
        await kill(queue.entityPath, ...Array.from({ length: 8 }, (_, i) => text(`p${i}`)));
        const all = await broker.peek(queue, 0n, 10);
        expect(all).toHaveLength(8);
        const high = all.filter(({ position }) => position > 2n ** 53n);
        expect(high.length).toBeGreaterThan(0);
        for (const { key, position, messageId } of high) {
          expect(key).toBe(position.toString());
          expect((await broker.peek(queue, position, 1)).map((message) => message.messageId)).toEqual([messageId]);
        }
        await empty(queue);
      });

      test("forwarded dead letters are read where they went, and say where they died", async () => {
        const { forwarding, graves } = fixture.entities;
        if (forwarding === null || graves === null) return;
        await kill(forwarding, text("f"));
        const queue: QueueAddress = { entityPath: graves, subQueue: "forwarded" };
        const [message] = await eventually("the forwarded message", async () => {
          const messages = await broker.peek(queue, 0n, 10);
          return messages.length > 0 && messages;
        });
        expect(message).toMatchObject({ messageId: "f", reason: "Bad", deadLetterSource: forwarding });
        expect((await broker.countDeadLetters(queue))?.count).toBe(1n);
        await empty(queue);
      });

      test("R5: what the target itself holds is counted and peeked at, copies by their stamp", async () => {
        const { queue } = fixture.entities;
        const sender = later(await broker.openSender(queue));
        const stamp = { itemId: "4b5c6d00-0000-4000-8000-000000000002", attempt: 1, originalKey: "5" };
        await sender.send([codec.prepareCopy(text("copy"), { stamp })], 5_000);
        expect((await broker.countActive(queue))?.count).toBe(1n);
        expect(await broker.peekActive(queue, 0n, 10)).toMatchObject([{ messageId: "copy", stamp, reason: "" }]);
        await fixture.consume(queue, 1);
        expect(await broker.peekActive(queue, 0n, 10)).toEqual([]);
      });

      test("an entity that does not exist is told as such", async () => {
        const error = await failure(broker.peek(dlq("nowhere"), 0n, 1));
        expect(error).toMatchObject({ code: "entity-not-found", doubt: false, transient: false });
        expect(error.message).toContain("nowhere");
        expect(await failure(broker.openSender("nowhere"))).toMatchObject({ code: "entity-not-found", doubt: false });
        expect(await failure(broker.countDeadLetters(dlq("nowhere")))).toMatchObject({ code: "entity-not-found" });
      });
    });

    describe("R8: copies", () => {
      test.each(Object.entries(COPY_MATRIX))("a message with %s arrives as it was sent", async (_what, shape) => {
        const queue = dlq(fixture.entities.queue);
        const original = encodeMessage(shape);
        await kill(queue.entityPath, original);
        const receiver = later(await broker.openReceiver(queue));
        const sender = later(await broker.openSender(queue.entityPath));
        const [locked] = await lockAll(receiver, 1);
        if (locked === undefined) throw new Error("nothing was locked");
        await sender.send([copyOf(locked.message)], 5_000);
        await receiver.complete(locked);
        const [arrived] = await fixture.consume(queue.entityPath, 1);
        expect(sendersBytes(arrived)).toEqual(sendersBytes(original));
        expect(await broker.peek(queue, 0n, 1)).toEqual([]);
      });

      test("stamps and edits arrive, and a stamped copy is known when it comes back dead", async () => {
        const queue = dlq(fixture.entities.queue);
        await kill(
          queue.entityPath,
          encodeMessage({ ...COPY_MATRIX["every AMQP type in application properties"], body: [dataBody('{"a":1.0}')] }),
        );
        const [first] = await broker.peek(queue, 0n, 1);
        if (first === undefined) throw new Error("nothing was peeked");
        const sender = later(await broker.openSender(queue.entityPath));
        const stamp = { itemId: "4b5c6d00-0000-4000-8000-000000000001", attempt: 2, originalKey: first.key };
        const changes = {
          stamp,
          messageId: "replay-1",
          body: Buffer.from('{"a":2.0}'),
          properties: [{ name: "anInt", set: { type: "long", value: "9007199254740993" } }],
        };
        await sender.send([copyOf(first, changes)], 5_000);
        await fixture.deadLetter(queue.entityPath, 1, "Again", "still");
        const returned = (await broker.peek(queue, first.position + 1n, 10))[0];
        expect(returned).toMatchObject({ stamp, messageId: "replay-1", reason: "Again", bodySize: 9 });
        expect(returned?.properties).toContainEqual({ name: "anInt", type: "long", value: "9007199254740993" });
        expect(returned?.properties.filter(({ name }) => name === "DeadLetterReason")).toHaveLength(1);
        await empty(queue);
      });
    });

    describe("locking", () => {
      test("a locked message is nobody else's until it is given back; a completed one is gone", async () => {
        const queue = dlq(fixture.entities.queue);
        await kill(queue.entityPath, text("a"), text("b"));
        const one = later(await broker.openReceiver(queue));
        const other = later(await broker.openReceiver(queue));
        const locked = await lockAll(one, 2);
        expect(locked.map(({ lockMs }) => lockMs)).toEqual([30_000, 30_000]);
        expect(await other.lock(5, 100)).toEqual([]);
        const [a, b] = locked;
        if (a === undefined || b === undefined) throw new Error("two were locked");
        await one.abandon(a);
        const [again] = await lockAll(other, 1);
        expect(again?.message.key).toBe(a.message.key);
        await one.complete(b);
        expect((await broker.peek(queue, 0n, 5)).map(({ key }) => key)).toEqual([a.message.key]);
        expect(await failure(one.complete(b))).toMatchObject({ code: "lock-lost" });
        if (again !== undefined) await other.complete(again);
      });

      test("no message comes within the wait: none is returned", async () => {
        const receiver = later(await broker.openReceiver(dlq(fixture.entities.queue)));
        expect(await receiver.lock(5, 50)).toEqual([]);
        expect(receiver.isOpen()).toBe(true);
      });

      test("R1: a lock that ran out cannot complete, and the message stays", async () => {
        const queue = dlq(fixture.entities.shortLocks);
        await kill(queue.entityPath, text("a"));
        const receiver = later(await broker.openReceiver(queue));
        const [locked] = await lockAll(receiver, 1);
        if (locked === undefined) throw new Error("nothing was locked");
        expect(locked.lockMs).toBe(5_000);
        fixture.elapse(6_000);
        expect(await failure(receiver.complete(locked))).toMatchObject({ code: "lock-lost", doubt: false });
        expect(await broker.peek(queue, 0n, 1)).toHaveLength(1);
        await empty(queue);
      });

      test("one link holds no more than its limit, and says so in place of receiving nothing", async () => {
        const queue = dlq(fixture.entities.queue);
        const messages = Array.from({ length: 2_060 }, (_, i) => text(`m${i}`));
        await fixture.pile(queue.entityPath, messages);
        const receiver = later(await broker.openReceiver(queue));
        const locked = await lockAll(receiver, 2_047);
        expect(new Set(locked.map(({ message }) => message.key)).size).toBe(2_047);
        expect(await failure(receiver.lock(1, 100))).toMatchObject({ code: "quota-exceeded", transient: true });
        await Promise.all(locked.map((each) => receiver.complete(each)));
        const rest = await lockAll(receiver, 13);
        await Promise.all(rest.map((each) => receiver.complete(each)));
        expect(await broker.peek(queue, 0n, 1)).toEqual([]);
      });
    });

    describe("sending", () => {
      test("a batch arrives as a whole and in order", async () => {
        const { queue } = fixture.entities;
        const sender = later(await broker.openSender(queue));
        const copies = ["a", "b", "c"].map((id) => codec.prepareCopy(text(id), { stamp: null }));
        expect(sender.batchLength(copies)).toBe(3);
        await sender.send(copies, 5_000);
        const arrived = await fixture.consume(queue, 3);
        expect(arrived.map((bytes) => Buffer.from(codec.view(bytes).body ?? []).toString())).toEqual(["a", "b", "c"]);
      });

      test("a scheduled copy is kept back until its time", async () => {
        const { queue } = fixture.entities;
        const sender = later(await broker.openSender(queue));
        const scheduledFor = new Date(Date.now() + 3_600_000);
        await sender.send([codec.prepareCopy(text("later"), { stamp: null, scheduledFor })], 5_000);
        expect(await fixture.count(queue)).toBe(0);
        fixture.elapse(3_700_000);
        expect(await fixture.consume(queue, 1)).toHaveLength(1);
      });

      test("R13: a session's messages go one at a time and keep their session", async () => {
        const { sessions } = fixture.entities;
        if (sessions === null) return;
        const inSession = (id: string): PreparedCopy =>
          codec.prepareCopy(
            encodeMessage({
              properties: messageProperties({ messageId: amqpString(id), groupId: amqpString("s") }),
              body: [dataBody(id)],
            }),
            { stamp: null },
          );
        const sender = later(await broker.openSender(sessions));
        const copies = ["a", "b"].map(inSession);
        expect(sender.batchLength(copies)).toBe(1);
        for (const copy of copies) await sender.send([copy], 5_000);
        const arrived = await fixture.consume(sessions, 2);
        expect(arrived.map((bytes) => Buffer.from(codec.view(bytes).body ?? []).toString())).toEqual(["a", "b"]);
      });

      test("one batch has one partition key, and no more bytes than the broker takes", async () => {
        const { partitioned, queue } = fixture.entities;
        const keyed = (id: string, key: string): PreparedCopy =>
          codec.prepareCopy(
            encodeMessage({ annotations: annotated({ "x-opt-partition-key": amqpString(key) }), body: [dataBody(id)] }),
            { stamp: null },
          );
        const sender = later(await broker.openSender(partitioned ?? queue));
        const copies = [keyed("1", "a"), keyed("2", "a"), keyed("3", "b")];
        expect(sender.batchLength(copies)).toBe(2);
        await sender.send(copies.slice(0, 2), 5_000);
        expect(await fixture.consume(partitioned ?? queue, 2)).toHaveLength(2);
        const large = later(await broker.openSender(queue));
        const chunks = Array.from({ length: 8 }, (_, i) =>
          codec.prepareCopy(text(`c${i}`, "x".repeat(200_000)), { stamp: null }),
        );
        const fits = large.batchLength(chunks);
        expect(fits).toBe(4);
        await large.send(chunks.slice(0, fits), 10_000);
        expect(await fixture.consume(queue, fits)).toHaveLength(fits);
      });

      test("a message of the size that the entity takes goes, one beyond is refused before it is sent", async () => {
        const { queue } = fixture.entities;
        const sender = later(await broker.openSender(queue));
        const whole = text("w", "x".repeat(1_048_576 - 200));
        await sender.send([codec.prepareCopy(whole, { stamp: null })], 10_000);
        expect(await fixture.consume(queue, 1)).toHaveLength(1);
        const beyond = codec.prepareCopy(text("b", "x".repeat(1_048_576)), { stamp: null });
        expect(sender.batchLength([beyond, beyond])).toBe(1);
        const error = await failure(sender.send([beyond], 5_000));
        expect(error).toMatchObject({ code: "too-large", doubt: false, transient: false });
        expect(await fixture.count(queue)).toBe(0);
      });

      test("an id that the target has seen is dropped without a word", async () => {
        const { detecting } = fixture.entities;
        if (detecting === null) return;
        const sender = later(await broker.openSender(detecting));
        const copy = codec.prepareCopy(text("same"), { stamp: null });
        await sender.send([copy], 5_000);
        await sender.send([copy], 5_000);
        await sender.send([copy, codec.prepareCopy(text("new"), { stamp: null })], 5_000);
        expect(await fixture.count(detecting)).toBe(2);
        await fixture.consume(detecting, 2);
      });

      test("named properties of a topic's copy reach the subscriptions that take them", async () => {
        const { topic, picky, takesAll } = fixture.entities;
        if (topic === null || picky === null || takesAll === null) return;
        const sender = later(await broker.openSender(topic));
        const to = (region: string): PreparedCopy =>
          codec.prepareCopy(
            encodeMessage({
              properties: messageProperties({ messageId: amqpString(region) }),
              applicationProperties: named({ region: amqpString(region), amount: { type: "int", value: 6 } }),
            }),
            { stamp: null },
          );
        await sender.send([to("eu"), to("us")], 5_000);
        expect(await fixture.consume(takesAll, 2)).toHaveLength(2);
        expect(await fixture.consume(picky, 1)).toHaveLength(1);
        expect(await fixture.count(picky)).toBe(0);
      });
    });

    describe("a wire that fails", () => {
      const proxied = async (): Promise<{ proxy: TcpProxy; broker: Broker }> => {
        const proxy = later(await TcpProxy.start(fixture.address));
        return { proxy, broker: later(fixture.open({ address: `localhost:${proxy.port}` })) };
      };

      test("R5: a send whose answer is lost is in doubt after its timeout; it arrived once, and nothing follows", async () => {
        const { queue } = fixture.entities;
        const { proxy, broker: far } = await proxied();
        const sender = await far.openSender(queue);
        proxy.hold("down");
        const sent = failure(sender.send([codec.prepareCopy(text("doubt"), { stamp: null })], 400));
        expect(await sent).toMatchObject({ code: "timeout", doubt: true, transient: true });
        expect(await failure(sender.send([codec.prepareCopy(text("next"), { stamp: null })], 400))).toMatchObject({
          code: "aborted",
          doubt: false,
        });
        await sender.close();
        proxy.release();
        expect(await fixture.consume(queue, 1)).toHaveLength(1);
        expect(await fixture.count(queue)).toBe(0);
      });

      test("R5: a send that did not leave is in doubt all the same, and does not leave once the sender is closed", async () => {
        const { queue } = fixture.entities;
        const { proxy, broker: far } = await proxied();
        const sender = await far.openSender(queue);
        proxy.hold("up");
        expect(await failure(sender.send([codec.prepareCopy(text("held"), { stamp: null })], 300))).toMatchObject({
          code: "timeout",
          doubt: true,
        });
        await sender.close();
        // What is on the wire is beyond any sender: the test's wire forgets it with the connection.
        await eventually("the end of the connection", () => proxy.connections === 0);
        proxy.release();
        expect(await fixture.count(queue)).toBe(0);
      });

      test("R5: a connection cut in the middle of a send is noticed long before the timeout", async () => {
        const { queue } = fixture.entities;
        const { proxy, broker: far } = await proxied();
        const sender = await far.openSender(queue);
        proxy.hold("down");
        const begun = performance.now();
        const sent = failure(sender.send([codec.prepareCopy(text("cut"), { stamp: null })], 15_000));
        await eventually("the broker's copy", async () => (await fixture.count(queue)) === 1);
        proxy.cut();
        expect(await sent).toMatchObject({ doubt: true, transient: true });
        expect(performance.now() - begun).toBeLessThan(5_000);
        await fixture.consume(queue, 1);
      });

      test("R1: a receiver whose link is lost is closed for good and takes no more locks", async () => {
        const queue = dlq(fixture.entities.queue);
        await kill(queue.entityPath, text("a"), text("b"));
        const { proxy, broker: far } = await proxied();
        const receiver = await far.openReceiver(queue);
        const [locked] = await lockAll(receiver, 1);
        if (locked === undefined) throw new Error("nothing was locked");
        expect(receiver.isOpen()).toBe(true);
        proxy.cut();
        await eventually("the receiver to notice", () => !receiver.isOpen());
        expect(await failure(receiver.lock(1, 100))).toMatchObject({
          code: "unreachable",
          doubt: false,
          transient: true,
        });
        expect(receiver.isOpen()).toBe(false);
        // Its locks may still be good: completing either succeeds or says that the lock is lost.
        const completed = await receiver.complete(locked).then(
          () => true,
          (error: BrokerError) => {
            expect(error.code).toBe("lock-lost");
            return false;
          },
        );
        fixture.elapse(31_000);
        const left = (await broker.peek(queue, 0n, 5)).map(({ messageId }) => messageId);
        expect(left).toEqual(completed ? ["b"] : ["a", "b"]);
        const again = await far.openReceiver(queue);
        for (const each of await lockAll(again, left.length)) await again.complete(each);
      });

      test("a broker that does not answer is told as such, and reached again afterwards", async () => {
        const queue = dlq(fixture.entities.queue);
        const { proxy, broker: far } = await proxied();
        expect(await far.peek(queue, 0n, 1)).toEqual([]);
        proxy.cut(true);
        expect(await failure(far.peek(queue, 0n, 1))).toMatchObject({
          code: "unreachable",
          doubt: false,
          transient: true,
        });
        expect(await failure(far.openSender(queue.entityPath))).toMatchObject({
          code: "unreachable",
          doubt: false,
          transient: true,
        });
        proxy.accept();
        expect(await eventually("a peek", () => far.peek(queue, 0n, 1))).toEqual([]);
        await (await far.openSender(queue.entityPath)).close();
      });

      test("after the broker's restart everything works again on the same adapter", async () => {
        if (fixture.restart === null) return;
        const queue = dlq(fixture.entities.queue);
        await kill(queue.entityPath, text("kept"));
        const sender = later(await broker.openSender(queue.entityPath));
        const receiver = later(await broker.openReceiver(queue));
        const [locked] = await lockAll(receiver, 1);
        if (locked === undefined) throw new Error("nothing was locked");
        await fixture.restart();
        const [kept] = await eventually("a peek", () => broker.peek(queue, 0n, 5).catch(() => null));
        expect(kept?.messageId).toBe("kept");
        expect(receiver.isOpen()).toBe(false);
        await eventually("a send", () =>
          sender.send([copyOf(locked.message, { stamp: null, messageId: "again" })], 5_000).then(
            () => true,
            (error: BrokerError) => {
              expect(error).toMatchObject({ doubt: false, transient: true });
              return false;
            },
          ),
        );
        expect(await fixture.consume(queue.entityPath, 1)).toHaveLength(1);
        await empty(queue);
      });

      test("closing the broker ends what waits, and nothing works on it afterwards", async () => {
        const { queue } = fixture.entities;
        const { broker: far } = await proxied();
        const receiver = await far.openReceiver(dlq(queue));
        const waiting = failure(receiver.lock(1, 20_000));
        await eventually("the link", () => receiver.isOpen());
        await far.close();
        expect(await waiting).toMatchObject({ code: "aborted", doubt: false });
        expect(await failure(far.peek(dlq(queue), 0n, 1))).toMatchObject({ code: "aborted", doubt: false });
        expect(await failure(far.openSender(queue))).toMatchObject({ code: "aborted", doubt: false });
      });
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

/** Every fact by its name: an adapter may tell them by getters, which a comparison of objects passes over. */
function factsOf(message: BrokerMessage): BrokerMessage {
  const { key, position, encoded, contentHash, messageId, enqueuedAt, reason, description, deliveryCount, bodySize } =
    message;
  const {
    contentType,
    subject,
    correlationId,
    sessionId,
    partitionKey,
    deadLetterSource,
    expiresAt,
    properties,
    stamp,
  } = message;
  return {
    ...{ key, position, encoded, contentHash, messageId, enqueuedAt, reason, description, deliveryCount, bodySize },
    ...{ contentType, subject, correlationId, sessionId, partitionKey, deadLetterSource, expiresAt, properties, stamp },
  };
}
