import { describe, expect, test } from "vitest";
import type { Broker, BrokerError } from "../../../brokers/broker";
import { eventually } from "../../eventually";
import { TcpProxy } from "../../tcp-proxy";
import type { ContractBench } from "./contract-bench";

/** Doubt, lost links, a broker that is away, and the end. */
export function failingWireContract(bench: ContractBench): void {
  const { later, dlq, text, copyOf, kill, lockAll, empty, failure, codec } = bench;
  describe("a wire that fails", () => {
    const proxied = async (): Promise<{ proxy: TcpProxy; broker: Broker }> => {
      const proxy = later(await TcpProxy.start(bench.fixture.address));
      return { proxy, broker: later(bench.fixture.open({ address: `localhost:${proxy.port}` })) };
    };

    test("R5: a send whose answer is lost is in doubt after its timeout; it arrived once, and nothing follows", async () => {
      const { queue } = bench.fixture.entities;
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
      expect(await bench.fixture.consume(queue, 1)).toHaveLength(1);
      expect(await bench.fixture.count(queue)).toBe(0);
    });

    test("R5: a send that did not leave is in doubt all the same, and does not leave once the sender is closed", async () => {
      const { queue } = bench.fixture.entities;
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
      expect(await bench.fixture.count(queue)).toBe(0);
    });

    test("R5: a connection cut in the middle of a send is noticed long before the timeout", async () => {
      const { queue } = bench.fixture.entities;
      const { proxy, broker: far } = await proxied();
      const sender = await far.openSender(queue);
      proxy.hold("down");
      const begun = performance.now();
      const sent = failure(sender.send([codec.prepareCopy(text("cut"), { stamp: null })], 15_000));
      await eventually("the broker's copy", async () => (await bench.fixture.count(queue)) === 1);
      proxy.cut();
      expect(await sent).toMatchObject({ doubt: true, transient: true });
      expect(performance.now() - begun).toBeLessThan(5_000);
      await bench.fixture.consume(queue, 1);
    });

    test("R1, R6: a sender whose link is lost sends nothing more, and says so without doubt", async () => {
      const { queue } = bench.fixture.entities;
      const { proxy, broker: far } = await proxied();
      const sender = await far.openSender(queue);
      expect(sender.isOpen()).toBe(true);
      proxy.cut();
      await eventually("the sender to notice", () => !sender.isOpen());
      // The wire is there again: what allowed the send may have ended by the time that a link is open.
      expect(await failure(sender.send([codec.prepareCopy(text("lost"), { stamp: null })], 5_000))).toMatchObject({
        code: "unreachable",
        doubt: false,
        transient: true,
      });
      const another = await far.openSender(queue);
      await another.send([codec.prepareCopy(text("anew"), { stamp: null })], 5_000);
      const [arrived = new Uint8Array()] = await bench.fixture.consume(queue, 1);
      expect(Buffer.from(arrived).includes("anew")).toBe(true);
      expect(await bench.fixture.count(queue)).toBe(0);
    });

    test("R1: a receiver whose link is lost is closed for good and takes no more locks", async () => {
      const queue = dlq(bench.fixture.entities.queue);
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
      bench.fixture.elapse(31_000);
      const left = (await bench.broker.peek(queue, 0n, 5)).map(({ messageId }) => messageId);
      expect(left).toEqual(completed ? ["b"] : ["a", "b"]);
      const again = await far.openReceiver(queue);
      for (const each of await lockAll(again, left.length)) await again.complete(each);
    });

    test("a broker that does not answer is told as such, and reached again afterwards", async () => {
      const queue = dlq(bench.fixture.entities.queue);
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
      if (bench.fixture.restart === null) return;
      const queue = dlq(bench.fixture.entities.queue);
      await kill(queue.entityPath, text("kept"));
      const sender = later(await bench.broker.openSender(queue.entityPath));
      const receiver = later(await bench.broker.openReceiver(queue));
      const [locked] = await lockAll(receiver, 1);
      if (locked === undefined) throw new Error("nothing was locked");
      await bench.fixture.restart();
      const [kept] = await eventually("a peek", () => bench.broker.peek(queue, 0n, 5).catch(() => null));
      expect(kept?.messageId).toBe("kept");
      expect([receiver.isOpen(), sender.isOpen()]).toEqual([false, false]);
      const another = later(
        await eventually("a sender", () => bench.broker.openSender(queue.entityPath).catch(() => null)),
      );
      await another.send([copyOf(locked.message, { stamp: null, messageId: "again" })], 5_000);
      expect(await bench.fixture.consume(queue.entityPath, 1)).toHaveLength(1);
      await empty(queue);
    });

    test("closing the broker ends what waits, and nothing works on it afterwards", async () => {
      const { queue } = bench.fixture.entities;
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
}
