import type { EntityStatus } from "@azure/service-bus";
import { describe, expect } from "vitest";
import { eventually } from "../../eventually";
import type { Bench } from "./bench";
import { codeOf, message } from "./expectations";
import type { RuleBook } from "./rule-book";

export function refusalRules({ rule, target }: RuleBook): void {
  const { administration } = target;
  const DISABLED = "MessagingEntityDisabled";

  const setStatus = async (queue: string, status: EntityStatus): Promise<void> => {
    await administration.updateQueue({ ...(await administration.getQueue(queue)), status });
  };
  /** A status takes effect a little later on a service of many machines. */
  const refused = (what: string, act: () => Promise<unknown>): Promise<unknown> =>
    eventually(`${what} refused as disabled`, async () => (await codeOf(act())) === DISABLED, target.patienceMs);
  const filled = async (bench: Bench): Promise<string> => {
    const queue = await bench.queue();
    await bench.send(queue, message("before"));
    return queue;
  };

  describe("Disabled entities", () => {
    rule("SendDisabled: a send is MessagingEntityDisabled, receiving goes on", ["status-changes"], async (bench) => {
      const queue = await filled(bench);
      await setStatus(queue, "SendDisabled");
      await refused("a send", () => bench.send(queue, message("after")));
      const receiver = bench.receiver(queue);
      const received = await bench.takeOne(receiver);
      expect(received.body).toBe("before");
      await receiver.completeMessage(received);
    });

    rule(
      "ReceiveDisabled: a receive is MessagingEntityDisabled, sending goes on",
      ["status-changes"],
      async (bench) => {
        const queue = await filled(bench);
        await setStatus(queue, "ReceiveDisabled");
        await refused("a receive", () => bench.open(bench.receiver(queue)));
        await bench.send(queue, message("after"));
        await setStatus(queue, "Active");
        await bench.bodies(queue, ["before", "after"]);
      },
    );

    rule(
      "Disabled: sends, receives and peeks are MessagingEntityDisabled, until it is Active again",
      ["status-changes"],
      async (bench) => {
        const queue = await filled(bench);
        await setStatus(queue, "Disabled");
        await refused("a send", () => bench.send(queue, message("after")));
        await refused("a receive", () => bench.open(bench.receiver(queue)));
        await refused("a peek", () => bench.receiver(queue).peekMessages(1));
        expect((await administration.getQueue(queue)).status).toBe("Disabled");
        await setStatus(queue, "Active");
        await eventually(
          "the entity in use again",
          async () => (await codeOf(bench.send(queue, message("again")))) === "no error",
          target.patienceMs,
        );
        await bench.bodies(queue, ["before", "again"]);
      },
    );

    rule("a subscription that is ReceiveDisabled still collects", ["status-changes", "topics"], async (bench) => {
      const topic = await bench.topic();
      const name = await bench.subscription(topic);
      const set = async (status: EntityStatus) =>
        administration.updateSubscription({ ...(await administration.getSubscription(topic, name)), status });
      await set("ReceiveDisabled");
      await bench.send(topic, message(1));
      await refused("a receive", () => bench.open(bench.receiver(`${topic}|${name}`)));
      await set("Active");
      await bench.bodies(`${topic}|${name}`, [1]);
    });
  });

  describe("Throttling", () => {
    rule(
      "a busy service refuses sends, peeks, receives and management calls with ServiceBusy, and goes on afterwards",
      ["throttling-on-command"],
      async (bench) => {
        const queue = await bench.queue();
        await bench.send(queue, message(1));
        const receiver = bench.receiver(queue);
        const held = await bench.takeOne(receiver);
        const sender = bench.client.createSender(queue);
        const release = await target.throttle();
        try {
          expect(await codeOf(sender.sendMessages(message(2)))).toBe("ServiceBusy");
          expect(await codeOf(sender.scheduleMessages(message(2), new Date()))).toBe("ServiceBusy");
          expect(await codeOf(receiver.peekMessages(1))).toBe("ServiceBusy");
          expect(await codeOf(receiver.renewMessageLock(held))).toBe("ServiceBusy");
          expect(await codeOf(bench.open(bench.receiver(queue)))).toBe("ServiceBusy");
        } finally {
          await release();
        }
        await sender.sendMessages(message(3));
        await bench.bodies(queue, [1, 3]);
      },
    );

    rule("a busy service refuses administration with ServerBusyError", ["throttling-on-command"], async (bench) => {
      const queue = await bench.queue();
      const release = await target.throttle();
      try {
        expect(await codeOf(administration.getQueueRuntimeProperties(queue))).toBe("ServerBusyError");
      } finally {
        await release();
      }
      expect((await administration.getQueueRuntimeProperties(queue)).totalMessageCount).toBe(0);
    });
  });
}
