import { describe, expect } from "vitest";
import { message } from "./expectations";
import type { RuleBook } from "./rule-book";

export function filterRules({ rule }: RuleBook): void {
  describe("Filters", () => {
    rule("SQL filters see system and application properties", ["topics"], async (bench) => {
      const topic = await bench.topic();
      const amount = await bench.filtered(topic, "amount > 100 AND region IN ('eu', 'us')");
      const label = await bench.filtered(topic, "sys.Label LIKE 'order.%' AND NOT EXISTS(test)");
      const missing = await bench.filtered(topic, "region IS NULL OR priority = 1.5");
      for (const each of [
        message(1, { subject: "order.created", applicationProperties: { amount: 200, region: "eu" } }),
        message(2, { subject: "order.paid", applicationProperties: { amount: 50, region: "eu", test: true } }),
        message(3, { subject: "payment", applicationProperties: { priority: 1.5 } }),
      ])
        await bench.send(topic, each);
      await bench.bodies(`${topic}|${amount}`, [1]);
      await bench.bodies(`${topic}|${label}`, [1]);
      await bench.bodies(`${topic}|${missing}`, [3]);
    });

    rule("SQL filters see every system property that a sender can set", ["topics"], async (bench) => {
      const topic = await bench.topic();
      const name = await bench.filtered(
        topic,
        "sys.MessageId = 'm' AND sys.CorrelationId = 'c' AND sys.To = 't' AND sys.ReplyTo = 'r' AND sys.ContentType = 'ct' AND sys.SessionId = 's' AND sys.ReplyToSessionId = 'rs'",
      );
      const all = {
        messageId: "m",
        correlationId: "c",
        to: "t",
        replyTo: "r",
        contentType: "ct",
        sessionId: "s",
        replyToSessionId: "rs",
      };
      await bench.send(topic, { body: "all", ...all });
      await bench.send(topic, { body: "but one", ...all, replyTo: "other" });
      await bench.bodies(`${topic}|${name}`, ["all"]);
    });

    rule("correlation filters match when every named field is equal", ["topics"], async (bench) => {
      const topic = await bench.topic();
      const subscription = await bench.subscription(topic, {
        defaultRuleOptions: {
          name: "c",
          filter: { subject: "paid", applicationProperties: { region: "eu", count: 2 } },
        },
      });
      for (const [body, subject, region] of [
        [1, "paid", "eu"],
        [2, "paid", "us"],
        [3, "other", "eu"],
      ] as const)
        await bench.send(topic, message(body, { subject, applicationProperties: { region, count: 2 } }));
      await bench.bodies(`${topic}|${subscription}`, [1]);
    });

    rule(
      "a correlation filter with a long is not matched by a fraction, which is no error",
      ["topics", "rules-over-amqp"],
      async (bench) => {
        const topic = await bench.topic();
        const all = await bench.subscription(topic);
        const long = await bench.filtered(topic, "1=0");
        const rules = bench.client.createRuleManager(topic, long);
        await rules.createRule("long", { applicationProperties: { n: 5_000_000_000 } });
        await bench.send(topic, message("fraction", { applicationProperties: { n: 1.5 } }));
        await bench.send(topic, message("whole", { applicationProperties: { n: 5_000_000_000 } }));
        await bench.bodies(`${topic}|${long}`, ["whole"]);
        await bench.bodies(`${topic}|${all}`, ["fraction", "whole"]);
      },
    );

    rule("an action changes the copy of its subscription only", ["topics"], async (bench) => {
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
      const [copy] = await bench.arrived(`${topic}|${acting}`, 1);
      expect(copy).toMatchObject({ body: "x", subject: "changed", applicationProperties: { amount: 21, total: 42 } });
      expect(copy?.applicationProperties).not.toHaveProperty("secret");
      expect((await bench.arrived(`${topic}|${plain}`, 1))[0]).toMatchObject({
        subject: "sent",
        applicationProperties: { secret: "s" },
      });
    });

    rule(
      "matching rules without an action make one copy together, each with an action one of its own",
      ["topics", "rules-over-amqp"],
      async (bench) => {
        const topic = await bench.topic();
        const subscription = await bench.subscription(topic);
        const rules = bench.client.createRuleManager(topic, subscription);
        await rules.createRule("second", { sqlExpression: "1=1" });
        await rules.createRule("acting", { sqlExpression: "1=1" }, { sqlExpression: "SET copy = 'acting'" });
        await bench.send(topic, message(1));
        const copies = await bench.arrived(`${topic}|${subscription}`, 2);
        expect(copies.map(({ applicationProperties }) => applicationProperties?.copy ?? null).sort()).toEqual([
          "acting",
          null,
        ]);
      },
    );
  });
}
