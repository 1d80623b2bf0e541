import { describe, expect, test } from "vitest";
import { amqpString } from "../../../amqp/values";
import type { PreparedCopy } from "../../../brokers/broker";
import { annotated, dataBody, encodeMessage, messageProperties, named } from "../../messages";
import type { ContractBench } from "./contract-bench";

/** Batches, sessions, sizes, ids. */
export function sendingContract(bench: ContractBench): void {
  const { later, text, failure, codec } = bench;
  describe("sending", () => {
    test("a batch arrives as a whole and in order", async () => {
      const { queue } = bench.fixture.entities;
      const sender = later(await bench.broker.openSender(queue));
      const copies = ["a", "b", "c"].map((id) => codec.prepareCopy(text(id), { stamp: null }));
      expect(sender.batchLength(copies)).toBe(3);
      await sender.send(copies, 5_000);
      const arrived = await bench.fixture.consume(queue, 3);
      expect(arrived.map((bytes) => Buffer.from(codec.view(bytes).body ?? []).toString())).toEqual(["a", "b", "c"]);
    });

    test("a scheduled copy is kept back until its time", async () => {
      const { queue } = bench.fixture.entities;
      const sender = later(await bench.broker.openSender(queue));
      const scheduledFor = new Date(Date.now() + 3_600_000);
      await sender.send([codec.prepareCopy(text("later"), { stamp: null, scheduledFor })], 5_000);
      expect(await bench.fixture.count(queue)).toBe(0);
      bench.fixture.elapse(3_700_000);
      expect(await bench.fixture.consume(queue, 1)).toHaveLength(1);
    });

    test("R13: a session's messages go one at a time and keep their session", async () => {
      const { sessions } = bench.fixture.entities;
      if (sessions === null) return;
      const inSession = (id: string): PreparedCopy =>
        codec.prepareCopy(
          encodeMessage({
            properties: messageProperties({ messageId: amqpString(id), groupId: amqpString("s") }),
            body: [dataBody(id)],
          }),
          { stamp: null },
        );
      const sender = later(await bench.broker.openSender(sessions));
      const copies = ["a", "b"].map(inSession);
      expect(sender.batchLength(copies)).toBe(1);
      for (const copy of copies) await sender.send([copy], 5_000);
      const arrived = await bench.fixture.consume(sessions, 2);
      expect(arrived.map((bytes) => Buffer.from(codec.view(bytes).body ?? []).toString())).toEqual(["a", "b"]);
    });

    test("one batch has one partition key, and no more bytes than the broker takes", async () => {
      const { partitioned, queue } = bench.fixture.entities;
      const keyed = (id: string, key: string): PreparedCopy =>
        codec.prepareCopy(
          encodeMessage({ annotations: annotated({ "x-opt-partition-key": amqpString(key) }), body: [dataBody(id)] }),
          { stamp: null },
        );
      const sender = later(await bench.broker.openSender(partitioned ?? queue));
      const copies = [keyed("1", "a"), keyed("2", "a"), keyed("3", "b")];
      expect(sender.batchLength(copies)).toBe(2);
      await sender.send(copies.slice(0, 2), 5_000);
      expect(await bench.fixture.consume(partitioned ?? queue, 2)).toHaveLength(2);
      const large = later(await bench.broker.openSender(queue));
      const chunks = Array.from({ length: 8 }, (_, i) =>
        codec.prepareCopy(text(`c${i}`, "x".repeat(200_000)), { stamp: null }),
      );
      const fits = large.batchLength(chunks);
      expect(fits).toBe(4);
      await large.send(chunks.slice(0, fits), 10_000);
      expect(await bench.fixture.consume(queue, fits)).toHaveLength(fits);
    });

    test("a message of the size that the entity takes goes, one beyond is refused before it is sent", async () => {
      const { queue } = bench.fixture.entities;
      const sender = later(await bench.broker.openSender(queue));
      const whole = text("w", "x".repeat(1_048_576 - 200));
      await sender.send([codec.prepareCopy(whole, { stamp: null })], 10_000);
      expect(await bench.fixture.consume(queue, 1)).toHaveLength(1);
      const beyond = codec.prepareCopy(text("b", "x".repeat(1_048_576)), { stamp: null });
      expect(sender.batchLength([beyond, beyond])).toBe(1);
      const error = await failure(sender.send([beyond], 5_000));
      expect(error).toMatchObject({ code: "too-large", doubt: false, transient: false });
      expect(await bench.fixture.count(queue)).toBe(0);
    });

    test("an id that the target has seen is dropped without a word", async () => {
      const { detecting } = bench.fixture.entities;
      if (detecting === null) return;
      const sender = later(await bench.broker.openSender(detecting));
      const copy = codec.prepareCopy(text("same"), { stamp: null });
      await sender.send([copy], 5_000);
      await sender.send([copy], 5_000);
      await sender.send([copy, codec.prepareCopy(text("new"), { stamp: null })], 5_000);
      expect(await bench.fixture.count(detecting)).toBe(2);
      await bench.fixture.consume(detecting, 2);
    });

    test("named properties of a topic's copy reach the subscriptions that take them", async () => {
      const { topic, picky, takesAll } = bench.fixture.entities;
      if (topic === null || picky === null || takesAll === null) return;
      const sender = later(await bench.broker.openSender(topic));
      const to = (region: string): PreparedCopy =>
        codec.prepareCopy(
          encodeMessage({
            properties: messageProperties({ messageId: amqpString(region) }),
            applicationProperties: named({ region: amqpString(region), amount: { type: "int", value: 6 } }),
          }),
          { stamp: null },
        );
      await sender.send([to("eu"), to("us")], 5_000);
      expect(await bench.fixture.consume(takesAll, 2)).toHaveLength(2);
      expect(await bench.fixture.consume(picky, 1)).toHaveLength(1);
      expect(await bench.fixture.count(picky)).toBe(0);
    });
  });
}
