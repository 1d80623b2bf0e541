import { describe, expect } from "vitest";
import { message } from "./expectations";
import type { RuleBook } from "./rule-book";

export function topicRules({ rule, target }: RuleBook): void {
  describe("Topics", () => {
    rule("every subscription gets its own copy, with numbers of its own", ["topics"], async (bench) => {
      const topic = await bench.topic();
      const [one, two] = [await bench.subscription(topic), await bench.subscription(topic)];
      await bench.send(topic, message("a"), message("b"));
      for (const subscription of [one, two]) {
        const received = await bench.take(bench.receiver(`${topic}|${subscription}`), 2);
        expect(received.map(({ body, sequenceNumber }) => [body, String(sequenceNumber)])).toEqual([
          ["a", "1"],
          ["b", "2"],
        ]);
        expect(received.map(({ enqueuedSequenceNumber }) => Number(enqueuedSequenceNumber))).toEqual([1, 2]);
      }
    });

    rule("settling a copy in one subscription leaves the others", ["topics"], async (bench) => {
      const topic = await bench.topic();
      const [one, two] = [await bench.subscription(topic), await bench.subscription(topic)];
      await bench.send(topic, message("a"));
      const receiver = bench.receiver(`${topic}|${one}`);
      await receiver.completeMessage(await bench.takeOne(receiver));
      await bench.empty(`${topic}|${one}`);
      await bench.bodies(`${topic}|${two}`, ["a"]);
    });

    rule("a message that no subscription matches is taken and gone", ["topics"], async (bench) => {
      const topic = await bench.topic();
      const none = await bench.filtered(topic, "1=0");
      await bench.send(topic, message("a"));
      const all = await bench.subscription(topic);
      await bench.send(topic, message("b"));
      await bench.bodies(`${topic}|${all}`, ["b"]);
      await bench.empty(`${topic}|${none}`);
    });

    rule(
      "a message sent again to its topic reaches every subscription that matches, also those that had it",
      ["topics"],
      async (bench) => {
        const topic = await bench.topic();
        const [one, two] = [await bench.subscription(topic), await bench.subscription(topic)];
        await bench.send(topic, message("a", { messageId: "again" }));
        await bench.send(topic, message("a", { messageId: "again" }));
        for (const name of [one, two]) await bench.bodies(`${topic}|${name}`, ["a", "a"]);
      },
    );

    rule(
      "a scheduled message of a topic reaches its subscriptions at its time, and can be cancelled",
      ["topics"],
      async (bench) => {
        const topic = await bench.topic();
        const subscription = await bench.subscription(topic);
        const sender = bench.client.createSender(topic);
        const at = new Date(target.now() + 20_000);
        const [, cancelled] = await sender.scheduleMessages([message("later"), message("never")], at);
        await sender.cancelScheduledMessages(cancelled as never);
        await bench.empty(`${topic}|${subscription}`);
        await target.passTime(21_000);
        await bench.bodies(`${topic}|${subscription}`, ["later"]);
      },
    );
  });

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

  describe("Filters that fail", () => {
    const failing = "amount > 5";
    const text = () => message("text", { applicationProperties: { amount: "many" } });

    rule(
      "a filter that cannot be applied dead-letters the message with the error, where the subscription says so",
      ["topics", "filter-errors"],
      async (bench) => {
        const topic = await bench.topic();
        const keeping = await bench.filtered(topic, failing, { deadLetteringOnFilterEvaluationExceptions: true });
        const dropping = await bench.filtered(topic, failing, { deadLetteringOnFilterEvaluationExceptions: false });
        const all = await bench.subscription(topic);
        await bench.send(topic, text());
        const [dead] = await bench.arrived(`${topic}|${keeping}`, 1, "deadLetter");
        expect(dead?.body).toBe("text");
        expect(dead?.deadLetterReason).not.toBe("");
        expect(dead?.deadLetterReason).toBeDefined();
        await bench.bodies(`${topic}|${all}`, ["text"]);
        await bench.empty(`${topic}|${keeping}`);
        await bench.empty(`${topic}|${dropping}`, "deadLetter");
      },
    );

    rule(
      "a message that a filter fails on goes where dead letters are forwarded to",
      ["forwarding", "topics", "filter-errors"],
      async (bench) => {
        const collected = await bench.queue();
        const topic = await bench.topic();
        const subscription = await bench.filtered(topic, failing, {
          deadLetteringOnFilterEvaluationExceptions: true,
          forwardDeadLetteredMessagesTo: collected,
        });
        await bench.send(topic, text());
        const [forwarded] = await bench.arrived(collected, 1);
        expect(forwarded?.deadLetterReason).toBeDefined();
        expect(forwarded?.deadLetterSource?.toLowerCase()).toBe(`${topic}/subscriptions/${subscription}`);
      },
    );

    rule(
      "a message that a filter fails on keeps its partition",
      ["partitioned-entities", "topics", "filter-errors"],
      async (bench) => {
        const topic = await bench.topic({ enablePartitioning: true });
        const failed = await bench.filtered(topic, failing, { deadLetteringOnFilterEvaluationExceptions: true });
        const plain = await bench.subscription(topic);
        for (const partitionKey of ["a", "b", "c"])
          await bench.send(topic, { ...text(), body: partitionKey, partitionKey });
        const partitions = async (name: string, subQueue?: "deadLetter"): Promise<unknown> =>
          Object.fromEntries(
            (await bench.arrived(`${topic}|${name}`, 3, subQueue)).map(({ body, sequenceNumber }) => [
              body,
              sequenceNumber?.shiftRightUnsigned(48).toNumber(),
            ]),
          );
        expect(await partitions(failed, "deadLetter")).toEqual(await partitions(plain));
      },
    );
  });
}
