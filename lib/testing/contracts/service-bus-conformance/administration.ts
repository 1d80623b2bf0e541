import { describe, expect } from "vitest";
import { codeOf, message } from "./expectations";
import type { RuleBook } from "./rule-book";

export function administrationRules({ rule, target }: RuleBook): void {
  const { administration } = target;

  describe("Administration", () => {
    rule("a queue is made with its settings, read back, updated and deleted", ["long-durations"], async (bench) => {
      const settings = {
        lockDuration: "PT45S",
        maxDeliveryCount: 7,
        userMetadata: "<a & b>",
        defaultMessageTimeToLive: "P3D",
        deadLetteringOnMessageExpiration: true,
      };
      const name = await bench.queue(settings);
      const made = await administration.getQueue(name);
      expect(made).toMatchObject({ name, ...settings, status: "Active" });
      await administration.updateQueue({ ...made, maxDeliveryCount: 3 });
      expect(await administration.getQueue(name)).toMatchObject({ ...settings, maxDeliveryCount: 3 });
      await administration.deleteQueue(name);
      expect(await administration.queueExists(name)).toBe(false);
    });

    rule("what a queue's creator leaves out is as the service has it", ["long-durations"], async (bench) => {
      expect(await administration.getQueue(await bench.queue())).toMatchObject({
        lockDuration: "PT1M",
        maxDeliveryCount: 10,
        requiresSession: false,
        requiresDuplicateDetection: false,
        deadLetteringOnMessageExpiration: false,
        enablePartitioning: false,
        enableBatchedOperations: true,
        defaultMessageTimeToLive: "P10675199DT2H48M5.4775807S",
        autoDeleteOnIdle: "P10675199DT2H48M5.4775807S",
      });
    });

    rule(
      "a topic is made with its settings, read back, updated and deleted",
      ["topics", "long-durations"],
      async (bench) => {
        const name = await bench.topic({
          maxSizeInMegabytes: 2048,
          defaultMessageTimeToLive: "P1D",
          userMetadata: "m",
        });
        const made = await administration.getTopic(name);
        expect(made).toMatchObject({
          name,
          maxSizeInMegabytes: 2048,
          defaultMessageTimeToLive: "P1D",
          userMetadata: "m",
        });
        await administration.updateTopic({ ...made, defaultMessageTimeToLive: "P2D" });
        expect((await administration.getTopic(name)).defaultMessageTimeToLive).toBe("P2D");
        await administration.deleteTopic(name);
        expect(await administration.topicExists(name)).toBe(false);
      },
    );

    rule("a subscription is made with its settings, read back, updated and deleted", ["topics"], async (bench) => {
      const topic = await bench.topic();
      const settings = { maxDeliveryCount: 4, lockDuration: "PT20S", deadLetteringOnMessageExpiration: true };
      const name = await bench.subscription(topic, settings);
      const made = await administration.getSubscription(topic, name);
      expect(made).toMatchObject({ topicName: topic, subscriptionName: name, ...settings });
      await administration.updateSubscription({ ...made, maxDeliveryCount: 9 });
      expect(await administration.getSubscription(topic, name)).toMatchObject({ ...settings, maxDeliveryCount: 9 });
      await administration.deleteSubscription(topic, name);
      expect(await administration.subscriptionExists(topic, name)).toBe(false);
    });

    rule(
      "deleting a topic deletes its subscriptions and closes their links; made again, it has none",
      ["topics"],
      async (bench) => {
        const topic = await bench.topic();
        const name = await bench.subscription(topic);
        const receiver = bench.receiver(`${topic}|${name}`);
        await bench.nothing(receiver);
        const waiting = codeOf(receiver.receiveMessages(1, { maxWaitTimeInMs: 5000 }));
        await administration.deleteTopic(topic);
        expect(await waiting).toBe("MessagingEntityNotFound");
        await administration.createTopic(topic);
        expect(await administration.subscriptionExists(topic, name)).toBe(false);
      },
    );

    rule("a queue that is deleted and made again is empty", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message(1));
      await administration.deleteQueue(queue);
      await administration.createQueue(queue);
      await bench.empty(queue);
    });

    rule("an updated setting holds for what happens from then on", [], async (bench) => {
      const queue = await bench.queue({ maxDeliveryCount: 10 });
      const made = await administration.getQueue(queue);
      await administration.updateQueue({ ...made, maxDeliveryCount: 1 });
      await bench.send(queue, message(1));
      const receiver = bench.receiver(queue);
      await receiver.abandonMessage(await bench.takeOne(receiver));
      await bench.arrived(queue, 1, "deadLetter");
    });

    rule("what is not there is MessageEntityNotFoundError: to read, update and delete", ["topics"], async (bench) => {
      const [queue, topic] = [await bench.queue(), await bench.topic()];
      const missing = bench.name();
      const subscription = await administration.getSubscription(topic, await bench.subscription(topic));
      for (const act of [
        () => administration.getQueue(missing),
        () => administration.getTopic(missing),
        () => administration.getSubscription(topic, "none"),
        () => administration.getSubscription(missing, "none"),
        () => administration.getQueueRuntimeProperties(missing),
        () => administration.deleteQueue(missing),
        () => administration.deleteTopic(missing),
        () => administration.deleteSubscription(topic, "none"),
        () => administration.createSubscription(missing, "s"),
        async () => administration.updateQueue({ ...(await administration.getQueue(queue)), name: missing }),
        async () => administration.updateTopic({ ...(await administration.getTopic(topic)), name: missing }),
        () => administration.updateSubscription({ ...subscription, subscriptionName: "none" }),
      ])
        expect([String(act), await codeOf(act())]).toEqual([String(act), "MessageEntityNotFoundError"]);
    });

    rule(
      "a name that is taken is MessageEntityAlreadyExistsError, of queues, topics and subscriptions",
      ["topics"],
      async (bench) => {
        const [queue, topic] = [await bench.queue(), await bench.topic()];
        const subscription = await bench.subscription(topic);
        const taken = "MessageEntityAlreadyExistsError";
        expect(await codeOf(administration.createQueue(queue))).toBe(taken);
        expect(await codeOf(administration.createQueue(queue.toUpperCase()))).toBe(taken);
        expect(await codeOf(administration.createTopic(queue))).toBe(taken);
        expect(await codeOf(administration.createTopic(topic))).toBe(taken);
        expect(await codeOf(administration.createSubscription(topic, subscription))).toBe(taken);
      },
    );

    rule("a setting that is fixed at creation cannot be updated: ServiceError", ["sessions"], async (bench) => {
      const name = await bench.queue();
      const made = await administration.getQueue(name);
      expect(await codeOf(administration.updateQueue({ ...made, requiresSession: true } as never))).toBe(
        "ServiceError",
      );
      expect(await codeOf(administration.updateQueue({ ...made, requiresDuplicateDetection: true } as never))).toBe(
        "ServiceError",
      );
      expect((await administration.getQueue(name)).requiresSession).toBe(false);
    });

    rule("settings out of range are refused: ServiceError", [], async (bench) => {
      for (const options of [
        { lockDuration: "PT10M" },
        { lockDuration: "soon" },
        { maxDeliveryCount: 0 },
        { defaultMessageTimeToLive: "PT0S" },
        { autoDeleteOnIdle: "PT1M" },
        { duplicateDetectionHistoryTimeWindow: "PT5S", requiresDuplicateDetection: true },
        { duplicateDetectionHistoryTimeWindow: "P8D", requiresDuplicateDetection: true },
      ])
        expect([options, await codeOf(administration.createQueue(bench.name(), options))]).toEqual([
          options,
          "ServiceError",
        ]);
    });

    rule("a name that no entity may have is refused: ServiceError", [], async () => {
      for (const name of ["with space", "-first", "x".repeat(261)])
        expect([name, await codeOf(administration.createQueue(name))]).toEqual([name, "ServiceError"]);
    });

    rule(
      "an entity that nobody uses is deleted after its idle time",
      ["idle-deletion", "moving-clock"],
      async (bench) => {
        const [used, unused] = [
          await bench.queue({ autoDeleteOnIdle: "PT5M" }),
          await bench.queue({ autoDeleteOnIdle: "PT5M" }),
        ];
        await target.passTime(200_000);
        await bench.send(used, message(1));
        await target.passTime(200_000);
        expect(await administration.queueExists(used)).toBe(true);
        expect(await administration.queueExists(unused)).toBe(false);
      },
    );
  });
}
