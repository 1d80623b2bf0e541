import type { RuleProperties } from "@azure/service-bus";
import { describe, expect } from "vitest";
import { type ConformanceTarget, codeOf, message, rulesFor, takeOne } from "./bench";

export function administrationRules(target: ConformanceTarget): void {
  const rule = rulesFor(target);
  const { administration } = target;

  describe("Administration", () => {
    rule("a queue is made with its settings, read back, updated and deleted", [], async (bench) => {
      const name = await bench.queue({
        lockDuration: "PT45S",
        maxDeliveryCount: 7,
        userMetadata: "<a & b>",
        defaultMessageTimeToLive: "P3D",
      });
      const made = await administration.getQueue(name);
      expect(made).toMatchObject({
        name,
        lockDuration: "PT45S",
        maxDeliveryCount: 7,
        userMetadata: "<a & b>",
        defaultMessageTimeToLive: "P3D",
        status: "Active",
      });
      await administration.updateQueue({ ...made, maxDeliveryCount: 3 });
      expect((await administration.getQueue(name)).maxDeliveryCount).toBe(3);
      await administration.deleteQueue(name);
      expect(await administration.queueExists(name)).toBe(false);
      expect(await codeOf(administration.getQueue(name))).toBe("MessageEntityNotFoundError");
      expect(await codeOf(administration.deleteQueue(name))).toBe("MessageEntityNotFoundError");
    });

    rule("a setting that is fixed at creation cannot be updated", [], async (bench) => {
      const name = await bench.queue();
      const made = await administration.getQueue(name);
      expect(await codeOf(administration.updateQueue({ ...made, requiresSession: true } as never))).not.toBe(
        "no error",
      );
    });

    rule("a name that is taken is MessageEntityAlreadyExistsError", [], async (bench) => {
      const name = await bench.queue();
      expect(await codeOf(administration.createQueue(name))).toBe("MessageEntityAlreadyExistsError");
      expect(await codeOf(administration.createTopic(name))).toBe("MessageEntityAlreadyExistsError");
    });

    rule("settings out of range are refused", [], async (bench) => {
      expect(await codeOf(administration.createQueue(bench.name(), { lockDuration: "PT10M" }))).toBe("ServiceError");
      expect(
        await codeOf(
          administration.createQueue(bench.name(), {
            duplicateDetectionHistoryTimeWindow: "PT5S",
            requiresDuplicateDetection: true,
          }),
        ),
      ).toBe("ServiceError");
    });

    rule("topics, subscriptions and rules are made, listed and deleted", [], async (bench) => {
      const topic = await bench.topic({ maxSizeInMegabytes: 2048 });
      const subscription = await bench.subscription(topic, { maxDeliveryCount: 4 });
      await administration.createRule(
        topic,
        subscription,
        "sql",
        { sqlExpression: "a = 'x' AND b < 3" },
        { sqlExpression: "SET c = 1" },
      );
      await administration.createRule(topic, subscription, "correlation", {
        subject: "s",
        applicationProperties: { n: 1.5, when: new Date(1e12) },
      });
      expect((await administration.getTopic(topic)).maxSizeInMegabytes).toBe(2048);
      expect((await administration.getSubscription(topic, subscription)).maxDeliveryCount).toBe(4);
      const rules: RuleProperties[] = [];
      for await (const each of administration.listRules(topic, subscription)) rules.push(each);
      expect(rules.map(({ name }) => name)).toEqual(["$Default", "sql", "correlation"]);
      expect(rules[1]).toMatchObject({
        filter: { sqlExpression: "a = 'x' AND b < 3" },
        action: { sqlExpression: "SET c = 1" },
      });
      expect(rules[2]?.filter).toMatchObject({ subject: "s", applicationProperties: { n: 1.5, when: new Date(1e12) } });
      await administration.deleteRule(topic, subscription, "sql");
      expect(await administration.ruleExists(topic, subscription, "sql")).toBe(false);
      await administration.deleteSubscription(topic, subscription);
      expect(await administration.subscriptionExists(topic, subscription)).toBe(false);
      expect((await administration.getTopicRuntimeProperties(topic)).subscriptionCount).toBe(0);
    });

    rule("parameters of a rule's filter and action are applied, read back and kept by an update", [], async (bench) => {
      const topic = await bench.topic();
      const subscription = await bench.subscription(topic, {
        defaultRuleOptions: { name: "none", filter: { sqlExpression: "1=0" } },
      });
      const filter = {
        sqlExpression: "region = @region AND amount > @least",
        sqlParameters: { "@region": "<a & b>", "@least": 5, "@flag": true },
      };
      const action = { sqlExpression: "SET total = amount + @extra", sqlParameters: { "@extra": 2.5 } };
      await administration.createRule(topic, subscription, "with", filter, action);
      const made = await administration.getRule(topic, subscription, "with");
      expect(made).toMatchObject({ filter, action });
      await administration.updateRule(topic, subscription, made);
      expect(await administration.getRule(topic, subscription, "with")).toMatchObject({ filter, action });
      await bench.send(
        topic,
        message(1, { applicationProperties: { region: "<a & b>", amount: 6 } }),
        message(2, { applicationProperties: { region: "<a & b>", amount: 5 } }),
        message(3, { applicationProperties: { region: "other", amount: 6 } }),
      );
      const copies = await bench.peek(`${topic}|${subscription}`);
      expect(copies.map(({ body, applicationProperties }) => [body, applicationProperties?.total])).toEqual([[1, 8.5]]);
    });

    rule("a list goes on over its pages", [], async (bench) => {
      const names = [await bench.queue(), await bench.queue(), await bench.queue()];
      const found: string[] = [];
      for await (const page of administration.listQueues().byPage({ maxPageSize: 2 })) {
        expect(page.length).toBeLessThanOrEqual(2);
        found.push(...page.map(({ name }) => name));
      }
      expect(found).toEqual(expect.arrayContaining(names));
      expect(new Set(found).size).toBe(found.length);
    });

    rule("counts show active, dead-lettered and scheduled messages", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message(1), message(2), message(3));
      const receiver = bench.receiver(queue);
      await receiver.deadLetterMessage(await takeOne(receiver));
      await bench.client.createSender(queue).scheduleMessages(message(4), new Date(target.now() + 3_600_000));
      const counts = await administration.getQueueRuntimeProperties(queue);
      expect(counts).toMatchObject({
        activeMessageCount: 2,
        deadLetterMessageCount: 1,
        scheduledMessageCount: 1,
        totalMessageCount: 4,
      });
      expect(counts.sizeInBytes).toBeGreaterThan(0);
    });

    rule("the namespace says what it is", [], async () => {
      const properties = await administration.getNamespaceProperties();
      expect(properties.name.length).toBeGreaterThan(0);
      expect(["Basic", "Standard", "Premium"]).toContain(properties.messagingSku);
    });
  });
}
