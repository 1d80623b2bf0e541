import type { RuleProperties } from "@azure/service-bus";
import { describe, expect } from "vitest";
import { codeOf, expectArgumentError, listed, message } from "./expectations";
import type { RuleBook } from "./rule-book";

export function ruleOverAmqpRules({ rule }: RuleBook): void {
  describe("Rules over AMQP", () => {
    rule("rules are made, listed and deleted over AMQP", ["topics", "rules-over-amqp"], async (bench) => {
      const topic = await bench.topic();
      const subscription = await bench.subscription(topic);
      const rules = bench.client.createRuleManager(topic, subscription);
      await rules.createRule("sql", { sqlExpression: "a = 1" }, { sqlExpression: "SET b = 2" });
      await rules.createRule("correlation", { correlationId: "c", applicationProperties: { n: 5, s: "x", f: true } });
      const found: RuleProperties[] = await listed(rules.listRules());
      expect(found.sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
        { name: "$Default", filter: { sqlExpression: "1=1" }, action: {} },
        expect.objectContaining({
          name: "correlation",
          filter: expect.objectContaining({ correlationId: "c", applicationProperties: { n: 5, s: "x", f: true } }),
        }),
        { name: "sql", filter: { sqlExpression: "a = 1" }, action: { sqlExpression: "SET b = 2" } },
      ]);
      await rules.deleteRule("$Default");
      await rules.deleteRule("sql");
      await bench.send(topic, message("no match"));
      await bench.send(
        topic,
        message("match", { correlationId: "c", applicationProperties: { n: 5, s: "x", f: true } }),
      );
      await bench.bodies(`${topic}|${subscription}`, ["match"]);
    });

    rule(
      "a rule's name that is taken is MessagingEntityAlreadyExists, one that is unknown MessagingEntityNotFound",
      ["topics", "rules-over-amqp"],
      async (bench) => {
        const topic = await bench.topic();
        const rules = bench.client.createRuleManager(topic, await bench.subscription(topic));
        expect(await codeOf(rules.createRule("$Default", { sqlExpression: "1=1" }))).toBe(
          "MessagingEntityAlreadyExists",
        );
        expect(await codeOf(rules.deleteRule("none"))).toBe("MessagingEntityNotFound");
      },
    );

    rule(
      "rules of a subscription that does not exist are MessagingEntityNotFound",
      ["topics", "rules-over-amqp"],
      async (bench) => {
        const topic = await bench.topic();
        const rules = bench.client.createRuleManager(topic, "none");
        expect(await codeOf(listed(rules.listRules()))).toBe("MessagingEntityNotFound");
      },
    );

    rule(
      "an expression that is not in the grammar is an ArgumentError",
      ["topics", "rules-over-amqp"],
      async (bench) => {
        const topic = await bench.topic();
        const rules = bench.client.createRuleManager(topic, await bench.subscription(topic));
        await expectArgumentError(rules.createRule("bad", { sqlExpression: "amount >" }));
        await expectArgumentError(rules.createRule("bad", { sqlExpression: "1=1" }, { sqlExpression: "SET amount" }));
        expect((await listed(rules.listRules())).map(({ name }) => name)).toEqual(["$Default"]);
      },
    );
  });
}
