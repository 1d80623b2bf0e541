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
