import { describe, expect } from "vitest";
import { eventually } from "../../eventually";
import { because, listed, message } from "./expectations";
import type { RuleBook } from "./rule-book";

async function names<T>(items: AsyncIterable<T>, nameOf: (item: T) => string): Promise<string[]> {
  return (await listed(items)).map(nameOf);
}

export function listAndCountRules({ rule, target }: RuleBook): void {
  const { administration, patienceMs } = target;

  describe("Lists", () => {
    rule("queues, topics and subscriptions are listed", ["topics"], async (bench) => {
      const [queue, topic] = [await bench.queue(), await bench.topic()];
      const [one, two] = [await bench.subscription(topic), await bench.subscription(topic)];
      expect(await names(administration.listQueues(), ({ name }) => name)).toContain(queue);
      expect(await names(administration.listQueues(), ({ name }) => name)).not.toContain(topic);
      expect(await names(administration.listTopics(), ({ name }) => name)).toContain(topic);
      expect(await names(administration.listTopics(), ({ name }) => name)).not.toContain(queue);
      const subscriptions = await names(
        administration.listSubscriptions(topic),
        ({ subscriptionName }) => subscriptionName,
      );
      expect(subscriptions.sort()).toEqual([one, two].sort());
    });

    rule("a list goes on over its pages", ["long-lists"], async (bench) => {
      const made = [await bench.queue(), await bench.queue(), await bench.queue()];
      const found: string[] = [];
      for await (const page of administration.listQueues().byPage({ maxPageSize: 2 })) {
        expect(page.length).toBeLessThanOrEqual(2);
        found.push(...page.map(({ name }) => name));
      }
      expect(found).toEqual(expect.arrayContaining(made));
      expect(new Set(found).size).toBe(found.length);
    });

    rule("rules are listed over their pages", ["topics", "rules-over-http"], async (bench) => {
      const topic = await bench.topic();
      const subscription = await bench.subscription(topic);
      for (let i = 0; i < 4; i++)
        await administration.createRule(topic, subscription, `r${i}`, { sqlExpression: `a = ${i}` });
      const found: string[] = [];
      for await (const page of administration.listRules(topic, subscription).byPage({ maxPageSize: 2 }))
        found.push(...page.map(({ name }) => name));
      expect(found.sort()).toEqual(["$Default", "r0", "r1", "r2", "r3"]);
    });

    rule("more than a hundred rules are all listed over AMQP", ["topics", "rules-over-amqp"], async (bench) => {
      const topic = await bench.topic();
      const rules = bench.client.createRuleManager(topic, await bench.subscription(topic));
      for (let i = 0; i < 110; i++) await rules.createRule(`r${i}`, { correlationId: String(i) });
      expect(await names(rules.listRules(), ({ name }) => name)).toHaveLength(111);
    });
  });

  describe("Counts", () => {
    rule(
      "a queue's counts show active, dead-lettered and scheduled messages, and its size",
      ["runtime-properties"],
      async (bench) => {
        const queue = await bench.queue();
        await bench.send(queue, message(1), message(2), message(3));
        const receiver = bench.receiver(queue);
        await receiver.deadLetterMessage(await bench.takeOne(receiver));
        await bench.client.createSender(queue).scheduleMessages(message(4), new Date(target.now() + 3_600_000));
        const counts = await eventually(
          "the counts",
          async () => {
            const found = await administration.getQueueRuntimeProperties(queue);
            return found.totalMessageCount === 4 && found.deadLetterMessageCount === 1 && found;
          },
          patienceMs,
        );
        expect(counts).toMatchObject({
          activeMessageCount: 2,
          deadLetterMessageCount: 1,
          scheduledMessageCount: 1,
          transferMessageCount: 0,
          transferDeadLetterMessageCount: 0,
        });
        expect(counts.sizeInBytes).toBeGreaterThan(0);
        expect(counts.createdAt).toBeInstanceOf(Date);
      },
    );

    rule("locked and deferred messages count as active", ["runtime-properties"], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message(1), message(2), message(3));
      const receiver = bench.receiver(queue);
      const [first] = await bench.take(receiver, 2);
      if (first) await receiver.deferMessage(first);
      await eventually(
        "three active messages",
        async () => (await administration.getQueueRuntimeProperties(queue)).activeMessageCount === 3,
        patienceMs,
      );
    });

    rule("a subscription's counts are its own", ["topics", "runtime-properties"], async (bench) => {
      const topic = await bench.topic();
      const [one, two] = [await bench.subscription(topic), await bench.filtered(topic, "1=0")];
      await bench.send(topic, message(1), message(2));
      const receiver = bench.receiver(`${topic}|${one}`);
      await receiver.deadLetterMessage(await bench.takeOne(receiver), because("r"));
      const counts = await eventually(
        "the counts",
        async () => {
          const found = await administration.getSubscriptionRuntimeProperties(topic, one);
          return found.totalMessageCount === 2 && found.deadLetterMessageCount === 1 && found;
        },
        patienceMs,
      );
      expect(counts).toMatchObject({ topicName: topic, subscriptionName: one, activeMessageCount: 1 });
      expect((await administration.getSubscriptionRuntimeProperties(topic, two)).totalMessageCount).toBe(0);
    });

    rule(
      "a topic counts its subscriptions and its scheduled messages",
      ["topics", "runtime-properties"],
      async (bench) => {
        const topic = await bench.topic();
        const name = await bench.subscription(topic);
        await bench.subscription(topic);
        await bench.client.createSender(topic).scheduleMessages(message(1), new Date(target.now() + 3_600_000));
        await eventually(
          "two subscriptions and a scheduled message",
          async () => {
            const found = await administration.getTopicRuntimeProperties(topic);
            return found.subscriptionCount === 2 && found.scheduledMessageCount === 1;
          },
          patienceMs,
        );
        await administration.deleteSubscription(topic, name);
        await eventually(
          "one subscription",
          async () => (await administration.getTopicRuntimeProperties(topic)).subscriptionCount === 1,
          patienceMs,
        );
      },
    );

    rule(
      "the counts of all queues, topics and subscriptions are listed",
      ["topics", "runtime-properties"],
      async (bench) => {
        const [queue, topic] = [await bench.queue(), await bench.topic()];
        const subscription = await bench.subscription(topic);
        await bench.send(queue, message(1));
        await bench.send(topic, message(1));
        const found = async () => {
          let [queued, subscribed, subscriptions] = [0, 0, 0];
          for await (const each of administration.listQueuesRuntimeProperties())
            if (each.name === queue) queued = each.activeMessageCount;
          for await (const each of administration.listTopicsRuntimeProperties())
            if (each.name === topic) subscriptions = each.subscriptionCount ?? 0;
          for await (const each of administration.listSubscriptionsRuntimeProperties(topic))
            if (each.subscriptionName === subscription) subscribed = each.activeMessageCount;
          return [queued, subscribed, subscriptions];
        };
        await eventually("one of each", async () => (await found()).every((count) => count === 1), patienceMs);
      },
    );

    rule("the namespace says what it is", ["namespace-properties"], async () => {
      const properties = await administration.getNamespaceProperties();
      expect(properties.name.length).toBeGreaterThan(0);
      expect(["Basic", "Standard", "Premium"]).toContain(properties.messagingSku);
    });
  });
}
