import type { RuleProperties } from "@azure/service-bus";
import { describe, expect } from "vitest";
import { type Bench, type ConformanceTarget, codeOf, message, rulesFor, take } from "./bench";

export function topicRules(target: ConformanceTarget): void {
  const rule = rulesFor(target);
  const withFilter = async (bench: Bench, topic: string, sqlExpression: string): Promise<string> =>
    bench.subscription(topic, { defaultRuleOptions: { name: "only", filter: { sqlExpression } } });

  describe("Topics", () => {
    rule("every subscription gets its own copy, with numbers of its own", [], async (bench) => {
      const topic = await bench.topic();
      const [one, two] = [await bench.subscription(topic), await bench.subscription(topic)];
      await bench.send(topic, message("a"), message("b"));
      for (const subscription of [one, two]) {
        const received = await take(bench.receiver(`${topic}|${subscription}`), 2);
        expect(received.map(({ body, sequenceNumber }) => [body, String(sequenceNumber)])).toEqual([
          ["a", "1"],
          ["b", "2"],
        ]);
        expect(received.map(({ enqueuedSequenceNumber }) => Number(enqueuedSequenceNumber))).toEqual([1, 2]);
      }
    });

    rule("a message that no subscription matches is taken and gone", [], async (bench) => {
      const topic = await bench.topic();
      const subscription = await withFilter(bench, topic, "1=0");
      await bench.send(topic, message("a"));
      expect(await bench.peek(`${topic}|${subscription}`)).toEqual([]);
    });

    rule("SQL filters see system and application properties", [], async (bench) => {
      const topic = await bench.topic();
      const amount = await withFilter(bench, topic, "amount > 100 AND region IN ('eu', 'us')");
      const label = await withFilter(bench, topic, "sys.Label LIKE 'order.%' AND NOT EXISTS(test)");
      const missing = await withFilter(bench, topic, "region IS NULL OR priority = 1.5");
      await bench.send(
        topic,
        message(1, { subject: "order.created", applicationProperties: { amount: 200, region: "eu" } }),
        message(2, { subject: "order.paid", applicationProperties: { amount: 50, region: "eu", test: true } }),
        message(3, { subject: "payment", applicationProperties: { priority: 1.5 } }),
      );
      expect(await bench.bodies(`${topic}|${amount}`)).toEqual([1]);
      expect(await bench.bodies(`${topic}|${label}`)).toEqual([1]);
      expect(await bench.bodies(`${topic}|${missing}`)).toEqual([3]);
    });

    rule("correlation filters match when every named field is equal", [], async (bench) => {
      const topic = await bench.topic();
      const subscription = await bench.subscription(topic, {
        defaultRuleOptions: {
          name: "c",
          filter: { subject: "paid", applicationProperties: { region: "eu", count: 2 } },
        },
      });
      await bench.send(
        topic,
        message(1, { subject: "paid", applicationProperties: { region: "eu", count: 2 } }),
        message(2, { subject: "paid", applicationProperties: { region: "us", count: 2 } }),
        message(3, { subject: "other", applicationProperties: { region: "eu", count: 2 } }),
      );
      expect(await bench.bodies(`${topic}|${subscription}`)).toEqual([1]);
    });

    rule("a correlation filter with a long is not matched by a fraction, which is no error", [], async (bench) => {
      const topic = await bench.topic();
      const all = await bench.subscription(topic);
      const long = await withFilter(bench, topic, "1=0");
      const rules = bench.client.createRuleManager(topic, long);
      await rules.createRule("long", { applicationProperties: { n: 5_000_000_000 } });
      await bench.send(topic, message("fraction", { applicationProperties: { n: 1.5 } }));
      await bench.send(topic, message("whole", { applicationProperties: { n: 5_000_000_000 } }));
      expect(await bench.bodies(`${topic}|${long}`)).toEqual(["whole"]);
      expect(await bench.bodies(`${topic}|${all}`)).toEqual(["fraction", "whole"]);
    });

    rule("an action changes the copy of its subscription only", [], async (bench) => {
      const topic = await bench.topic();
      const plain = await bench.subscription(topic);
      const acting = await bench.subscription(topic, {
        defaultRuleOptions: {
          name: "act",
          filter: { sqlExpression: "1=1" },
          action: { sqlExpression: "SET sys.Label = 'changed'; SET total = amount * 2; REMOVE secret" },
        },
      });
      await bench.send(topic, message("x", { subject: "sent", applicationProperties: { amount: 21, secret: "s" } }));
      const [copy] = await bench.peek(`${topic}|${acting}`);
      expect(copy).toMatchObject({ body: "x", subject: "changed", applicationProperties: { amount: 21, total: 42 } });
      expect(copy?.applicationProperties).not.toHaveProperty("secret");
      expect((await bench.peek(`${topic}|${plain}`))[0]).toMatchObject({
        subject: "sent",
        applicationProperties: { secret: "s" },
      });
    });

    rule(
      "matching rules without an action make one copy together, each with an action one of its own",
      [],
      async (bench) => {
        const topic = await bench.topic();
        const subscription = await bench.subscription(topic);
        const rules = bench.client.createRuleManager(topic, subscription);
        await rules.createRule("second", { sqlExpression: "1=1" });
        await rules.createRule("acting", { sqlExpression: "1=1" }, { sqlExpression: "SET copy = 'acting'" });
        await bench.send(topic, message(1));
        const copies = await bench.peek(`${topic}|${subscription}`);
        expect(copies.map(({ applicationProperties }) => applicationProperties?.copy ?? null).sort()).toEqual([
          "acting",
          null,
        ]);
      },
    );

    rule("rules are made, listed and deleted over AMQP", [], async (bench) => {
      const topic = await bench.topic();
      const subscription = await bench.subscription(topic);
      const rules = bench.client.createRuleManager(topic, subscription);
      await rules.createRule("sql", { sqlExpression: "a = 1" }, { sqlExpression: "SET b = 2" });
      await rules.createRule("correlation", { correlationId: "c", applicationProperties: { n: 5, s: "x", f: true } });
      const listed: RuleProperties[] = [];
      for await (const each of rules.listRules()) listed.push(each);
      expect(listed).toEqual([
        { name: "$Default", filter: { sqlExpression: "1=1" }, action: {} },
        { name: "sql", filter: { sqlExpression: "a = 1" }, action: { sqlExpression: "SET b = 2" } },
        expect.objectContaining({
          name: "correlation",
          filter: expect.objectContaining({ correlationId: "c", applicationProperties: { n: 5, s: "x", f: true } }),
        }),
      ]);
      expect(await codeOf(rules.createRule("sql", { sqlExpression: "1=1" }))).toBe("MessagingEntityAlreadyExists");
      await rules.deleteRule("$Default");
      await rules.deleteRule("sql");
      expect(await codeOf(rules.deleteRule("sql"))).toBe("MessagingEntityNotFound");
      await bench.send(
        topic,
        message("no match"),
        message("match", { correlationId: "c", applicationProperties: { n: 5, s: "x", f: true } }),
      );
      expect(await bench.bodies(`${topic}|${subscription}`)).toEqual(["match"]);
    });

    rule("a rule that is not in the grammar is refused", [], async (bench) => {
      const topic = await bench.topic();
      const subscription = await bench.subscription(topic);
      const rules = bench.client.createRuleManager(topic, subscription);
      expect(await codeOf(rules.createRule("bad", { sqlExpression: "amount >" }))).not.toBe("no error");
    });

    rule(
      "a filter that cannot be applied dead-letters the message, where the subscription says so",
      [],
      async (bench) => {
        const topic = await bench.topic();
        const keeping = await bench.subscription(topic, {
          deadLetteringOnFilterEvaluationExceptions: true,
          defaultRuleOptions: { name: "f", filter: { sqlExpression: "amount > 5" } },
        });
        const dropping = await bench.subscription(topic, {
          deadLetteringOnFilterEvaluationExceptions: false,
          defaultRuleOptions: { name: "f", filter: { sqlExpression: "amount > 5" } },
        });
        await bench.send(topic, message("text", { applicationProperties: { amount: "many" } }));
        expect(await bench.bodies(`${topic}|${keeping}`)).toEqual([]);
        expect(await bench.bodies(`${topic}|${keeping}`, "deadLetter")).toEqual(["text"]);
        expect(await bench.bodies(`${topic}|${dropping}`, "deadLetter")).toEqual([]);
      },
    );

    rule("a message that a filter fails on goes where dead letters are forwarded to", ["forwarding"], async (bench) => {
      const collected = await bench.queue();
      const topic = await bench.topic();
      const subscription = await bench.subscription(topic, {
        deadLetteringOnFilterEvaluationExceptions: true,
        forwardDeadLetteredMessagesTo: collected,
        defaultRuleOptions: { name: "f", filter: { sqlExpression: "amount > 5" } },
      });
      await bench.send(topic, message("text", { applicationProperties: { amount: "many" } }));
      const [forwarded, ...more] = await bench.peek(collected);
      expect(more).toEqual([]);
      expect(forwarded).toMatchObject({ body: "text", deadLetterReason: "FilterEvaluationException" });
      expect(forwarded?.deadLetterSource?.toLowerCase()).toBe(`${topic}/subscriptions/${subscription}`);
    });

    rule("a message that a filter fails on keeps its partition", ["partitioned-entities"], async (bench) => {
      const topic = await bench.topic({ enablePartitioning: true });
      const failing = await bench.subscription(topic, {
        deadLetteringOnFilterEvaluationExceptions: true,
        defaultRuleOptions: { name: "f", filter: { sqlExpression: "amount > 5" } },
      });
      const plain = await bench.subscription(topic);
      for (const partitionKey of ["a", "b", "c"])
        await bench.send(topic, message(partitionKey, { partitionKey, applicationProperties: { amount: "many" } }));
      const partitions = async (name: string, subQueue?: "deadLetter"): Promise<unknown> =>
        Object.fromEntries(
          (await bench.peek(`${topic}|${name}`, subQueue)).map(({ body, sequenceNumber }) => [
            body,
            sequenceNumber?.shiftRightUnsigned(48).toNumber(),
          ]),
        );
      const expected = await partitions(plain);
      expect(Object.keys(expected as object).sort()).toEqual(["a", "b", "c"]);
      expect(await partitions(failing, "deadLetter")).toEqual(expected);
    });

    rule("a scheduled message of a topic reaches its subscriptions at its time", [], async (bench) => {
      const topic = await bench.topic();
      const subscription = await bench.subscription(topic);
      const sender = bench.client.createSender(topic);
      await sender.scheduleMessages(message("later"), new Date(target.now() + 10_000));
      expect(await bench.peek(`${topic}|${subscription}`)).toEqual([]);
      await target.passTime(11_000);
      expect(await bench.bodies(`${topic}|${subscription}`)).toEqual(["later"]);
    });

    rule("the shortest time to live of message, topic and subscription counts", [], async (bench) => {
      const topic = await bench.topic({ defaultMessageTimeToLive: "PT5S" });
      const subscription = await bench.subscription(topic, {
        deadLetteringOnMessageExpiration: true,
        defaultMessageTimeToLive: "PT1H",
      });
      await bench.send(topic, message(1));
      await target.passTime(6000);
      expect((await bench.peek(`${topic}|${subscription}`, "deadLetter"))[0]?.deadLetterReason).toBe(
        "TTLExpiredException",
      );
    });
  });
}
