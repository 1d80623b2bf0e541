import { describe, expect } from "vitest";
import { codeOf, listed, message } from "./expectations";
import type { RuleBook } from "./rule-book";

export function ruleOverHttpRules({ rule, target }: RuleBook): void {
  const { administration } = target;

  describe("Rules over HTTP", () => {
    rule(
      "rules are made, read, updated, listed and deleted over HTTP",
      ["topics", "rules-over-http"],
      async (bench) => {
        const topic = await bench.topic();
        const subscription = await bench.subscription(topic);
        const sql = { sqlExpression: "a = 'x' AND b < 3" };
        const correlation = { subject: "s", applicationProperties: { n: 1.5, when: new Date(1e12) } };
        await administration.createRule(topic, subscription, "sql", sql, { sqlExpression: "SET c = 1" });
        await administration.createRule(topic, subscription, "correlation", correlation);
        const rules = await listed(administration.listRules(topic, subscription));
        expect(rules.map(({ name }) => name).sort()).toEqual(["$Default", "correlation", "sql"]);
        const made = await administration.getRule(topic, subscription, "sql");
        expect(made).toMatchObject({ name: "sql", filter: sql, action: { sqlExpression: "SET c = 1" } });
        expect((await administration.getRule(topic, subscription, "correlation")).filter).toMatchObject(correlation);
        await administration.updateRule(topic, subscription, { ...made, filter: { sqlExpression: "a = 'y'" } });
        expect((await administration.getRule(topic, subscription, "sql")).filter).toEqual({ sqlExpression: "a = 'y'" });
        await administration.deleteRule(topic, subscription, "sql");
        expect(await administration.ruleExists(topic, subscription, "sql")).toBe(false);
        expect(await administration.ruleExists(topic, subscription, "correlation")).toBe(true);
      },
    );

    rule(
      "a rule that is updated decides of the messages that come then",
      ["topics", "rules-over-http"],
      async (bench) => {
        const topic = await bench.topic();
        const subscription = await bench.filtered(topic, "1=0");
        await bench.send(topic, message("before"));
        const only = await administration.getRule(topic, subscription, "only");
        await administration.updateRule(topic, subscription, { ...only, filter: { sqlExpression: "1=1" } });
        await bench.send(topic, message("after"));
        await bench.bodies(`${topic}|${subscription}`, ["after"]);
      },
    );

    rule(
      "errors of rules over HTTP: not found, already there, not in the grammar",
      ["topics", "rules-over-http"],
      async (bench) => {
        const topic = await bench.topic();
        const subscription = await bench.subscription(topic);
        const filter = { sqlExpression: "1=1" };
        const standing = await administration.getRule(topic, subscription, "$Default");
        expect(await codeOf(administration.getRule(topic, subscription, "none"))).toBe("MessageEntityNotFoundError");
        expect(await codeOf(administration.deleteRule(topic, subscription, "none"))).toBe("MessageEntityNotFoundError");
        expect(await codeOf(administration.updateRule(topic, subscription, { ...standing, name: "none" }))).toBe(
          "MessageEntityNotFoundError",
        );
        expect(await codeOf(administration.createRule(topic, subscription, "$Default", filter))).toBe(
          "MessageEntityAlreadyExistsError",
        );
        expect(await codeOf(administration.createRule(topic, subscription, "bad", { sqlExpression: "a >" }))).toBe(
          "ServiceError",
        );
        expect(await codeOf(administration.createRule(topic, "none", "r", filter))).toBe("MessageEntityNotFoundError");
      },
    );

    rule(
      "parameters of a rule's filter and action are applied, read back and kept by an update",
      ["topics", "rules-over-http"],
      async (bench) => {
        const topic = await bench.topic();
        const subscription = await bench.filtered(topic, "1=0");
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
        for (const [body, region, amount] of [
          [1, "<a & b>", 6],
          [2, "<a & b>", 5],
          [3, "other", 6],
        ] as const)
          await bench.send(topic, message(body, { applicationProperties: { region, amount } }));
        const copies = await bench.arrived(`${topic}|${subscription}`, 1);
        expect(copies.map(({ body, applicationProperties }) => [body, applicationProperties?.total])).toEqual([
          [1, 8.5],
        ]);
      },
    );

    rule(
      "a subscription without rules of its own has $Default, a TrueFilter: everything goes through",
      ["topics", "rules-over-http"],
      async (bench) => {
        const topic = await bench.topic();
        const subscription = await bench.subscription(topic);
        expect(await administration.getRule(topic, subscription, "$Default")).toMatchObject({
          filter: { sqlExpression: "1=1" },
        });
        await bench.send(topic, message(1));
        await bench.bodies(`${topic}|${subscription}`, [1]);
      },
    );

    rule(
      "a FalseFilter lets nothing through, and is listed over AMQP and HTTP",
      ["topics", "rules-over-http", "false-filters"],
      async (bench) => {
        const topic = await bench.topic();
        const subscription = await bench.subscription(topic);
        // The client library writes SQL filters only.
        const { pipeline } = administration as unknown as { pipeline: RequestPipeline };
        pipeline.addPolicy({
          name: "false-filter",
          sendRequest: (request, next) => {
            request.body = request.body?.replace('"SqlFilter"', '"FalseFilter"');
            request.headers.set("content-length", String(request.body?.length));
            return next(request);
          },
        });
        try {
          await administration.createRule(topic, subscription, "never", { sqlExpression: "1=0" });
        } finally {
          pipeline.removePolicy({ name: "false-filter" });
        }
        await administration.deleteRule(topic, subscription, "$Default");
        await bench.send(topic, message(1));
        const found = await listed(bench.client.createRuleManager(topic, subscription).listRules());
        expect(found).toMatchObject([{ name: "never", filter: { sqlExpression: "1=0" } }]);
        expect(await administration.getRule(topic, subscription, "never")).toMatchObject({
          filter: { sqlExpression: "1=0" },
        });
        await bench.empty(`${topic}|${subscription}`);
      },
    );
  });
}

interface PipelineRequest {
  body?: string | undefined;
  readonly headers: { set(name: string, value: string): void };
}

interface RequestPipeline {
  addPolicy(policy: {
    name: string;
    sendRequest(request: PipelineRequest, next: (request: PipelineRequest) => Promise<unknown>): Promise<unknown>;
  }): void;
  removePolicy(policy: { name: string }): void;
}
