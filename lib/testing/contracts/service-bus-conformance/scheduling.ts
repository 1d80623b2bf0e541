import { describe, expect } from "vitest";
import { codeOf, errorOf, message } from "./expectations";
import type { RuleBook } from "./rule-book";

export function schedulingRules({ rule, target }: RuleBook): void {
  describe("Scheduling", () => {
    rule(
      "a scheduled message waits for its time, can be peeked as scheduled, and gets a new sequence number",
      [],
      async (bench) => {
        const queue = await bench.queue();
        const sender = bench.client.createSender(queue);
        const at = new Date(target.now() + 30_000);
        const [number] = await sender.scheduleMessages(message("later"), at);
        expect(number?.toString()).toBe("1");
        const receiver = bench.receiver(queue);
        await bench.nothing(receiver);
        const [waiting] = await bench.arrived(queue, 1);
        expect(waiting).toMatchObject({ state: "scheduled", scheduledEnqueueTimeUtc: at });
        await target.passTime(31_000);
        const received = await bench.takeOne(receiver);
        expect(received.body).toBe("later");
        expect(received.sequenceNumber?.toString()).toBe("2");
        expect((received.enqueuedTimeUtc as Date).getTime()).toBeGreaterThanOrEqual(at.getTime());
      },
    );

    rule("a message sent with a scheduled time waits as one scheduled by a call", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message("later", { scheduledEnqueueTimeUtc: new Date(target.now() + 20_000) }));
      await bench.nothing(bench.receiver(queue));
      await target.passTime(21_000);
      expect((await bench.takeOne(bench.receiver(queue))).body).toBe("later");
    });

    rule("a time that has passed already schedules for now", [], async (bench) => {
      const queue = await bench.queue();
      await bench.client.createSender(queue).scheduleMessages(message("now"), new Date(target.now() - 60_000));
      expect((await bench.takeOne(bench.receiver(queue))).body).toBe("now");
    });

    rule(
      "a scheduled message that is cancelled never comes; cancelling it again is MessageNotFound",
      [],
      async (bench) => {
        const queue = await bench.queue();
        const sender = bench.client.createSender(queue);
        const [first, second] = await sender.scheduleMessages(
          [message(1), message(2)],
          new Date(target.now() + 20_000),
        );
        if (first === undefined || second === undefined) throw new Error("two numbers were returned");
        await sender.cancelScheduledMessages(first);
        expect(await codeOf(sender.cancelScheduledMessages(first))).toBe("MessageNotFound");
        await target.passTime(21_000);
        const receiver = bench.receiver(queue);
        expect((await bench.takeOne(receiver)).body).toBe(2);
        await bench.nothing(receiver);
        expect(await codeOf(sender.cancelScheduledMessages(second))).toBe("MessageNotFound");
        const [active] = await bench.arrived(queue, 1);
        const own = active?.sequenceNumber as Parameters<typeof sender.cancelScheduledMessages>[0];
        expect(await codeOf(sender.cancelScheduledMessages(own))).toBe("MessageNotFound");
        await bench.bodies(queue, [2]);
      },
    );

    rule("several scheduled messages are cancelled by one call", [], async (bench) => {
      const queue = await bench.queue();
      const sender = bench.client.createSender(queue);
      const numbers = await sender.scheduleMessages(
        [message(1), message(2), message(3)],
        new Date(target.now() + 3_600_000),
      );
      await sender.cancelScheduledMessages(numbers.slice(0, 2));
      await bench.bodies(queue, [3]);
    });

    rule("scheduling on an entity that does not exist is MessagingEntityNotFound", [], async (bench) => {
      const sender = bench.client.createSender(bench.name());
      const scheduled = sender.scheduleMessages(message(1), new Date(target.now() + 60_000));
      expect((await errorOf(scheduled)).code).toBe("MessagingEntityNotFound");
    });
  });
}
