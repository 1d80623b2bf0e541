import { describe, expect } from "vitest";
import { eventually } from "../../eventually";
import { because, message } from "./expectations";
import type { RuleBook } from "./rule-book";

const DETECTING = { requiresDuplicateDetection: true, duplicateDetectionHistoryTimeWindow: "PT5M" } as const;

export function duplicateRules({ rule, target }: RuleBook): void {
  const same = (body: unknown) => message(body, { messageId: "same" });

  describe("Duplicate detection", () => {
    rule(
      "a known id succeeds and is dropped within the window, and is taken after it",
      ["duplicate-detection"],
      async (bench) => {
        const queue = await bench.queue({
          requiresDuplicateDetection: true,
          duplicateDetectionHistoryTimeWindow: "PT20S",
        });
        await bench.send(queue, same("first"));
        await bench.send(queue, same("second"), message("other"));
        await bench.bodies(queue, ["first", "other"]);
        // Elsewhere the window is checked a little behind its time.
        await eventually(
          "the id forgotten",
          async () => {
            await target.passTime(21_000);
            await bench.send(queue, same("third"));
            return (await bench.peek(queue)).length === 3;
          },
          target.patienceMs * 4,
        );
        await bench.bodies(queue, ["first", "other", "third"]);
      },
    );

    rule("the id stays known after its message was completed", ["duplicate-detection"], async (bench) => {
      const queue = await bench.queue(DETECTING);
      await bench.send(queue, same(1));
      const receiver = bench.receiver(queue);
      await receiver.completeMessage(await bench.takeOne(receiver));
      await bench.send(queue, same(2));
      await bench.send(queue, message("after"));
      await bench.bodies(queue, ["after"]);
    });

    rule(
      "the id stays known after its message was dead-lettered, and completed there: a resend is lost",
      ["duplicate-detection"],
      async (bench) => {
        const queue = await bench.queue(DETECTING);
        await bench.send(queue, same(1));
        const receiver = bench.receiver(queue);
        await receiver.deadLetterMessage(await bench.takeOne(receiver), because("r"));
        await bench.send(queue, same(2));
        const dead = bench.receiver(queue, "deadLetter");
        await dead.completeMessage(await bench.takeOne(dead));
        await bench.send(queue, same(3));
        await bench.send(queue, message("after"));
        await bench.bodies(queue, ["after"]);
        await bench.empty(queue, "deadLetter");
      },
    );

    rule("a resend with the same id arrives once, however often it is sent", ["duplicate-detection"], async (bench) => {
      const queue = await bench.queue(DETECTING);
      const sender = bench.client.createSender(queue);
      await Promise.all(Array.from({ length: 10 }, (_, i) => sender.sendMessages(same(i))));
      await bench.send(queue, message("after"));
      expect((await bench.arrived(queue, 2)).map(({ messageId }) => messageId)[0]).toBe("same");
    });

    rule("two messages of one batch with the same id arrive as one", ["duplicate-detection"], async (bench) => {
      const queue = await bench.queue(DETECTING);
      await bench.send(queue, same("first"), same("second"), message("after"));
      await bench.bodies(queue, ["first", "after"]);
    });

    rule("without detection the same id arrives twice", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, same(1), same(2));
      await bench.bodies(queue, [1, 2]);
    });

    rule(
      "a topic drops duplicates before its subscriptions see them",
      ["duplicate-detection", "topics"],
      async (bench) => {
        const topic = await bench.topic(DETECTING);
        const subscription = await bench.subscription(topic);
        await bench.send(topic, same(1));
        await bench.send(topic, same(2));
        await bench.send(topic, message("after"));
        await bench.bodies(`${topic}|${subscription}`, [1, "after"]);
      },
    );

    rule(
      "the window can be read: ten minutes unless set otherwise",
      ["duplicate-detection", "long-durations"],
      async (bench) => {
        const queue = await bench.queue({ requiresDuplicateDetection: true });
        expect(await target.administration.getQueue(queue)).toMatchObject({
          requiresDuplicateDetection: true,
          duplicateDetectionHistoryTimeWindow: "PT10M",
        });
      },
    );

    rule(
      "on a partitioned entity the partition key belongs to the id",
      ["duplicate-detection", "partitioned-entities"],
      async (bench) => {
        const queue = await bench.queue({ ...DETECTING, enablePartitioning: true });
        for (const [body, partitionKey] of [
          ["a", "one"],
          ["b", "two"],
          ["c", "one"],
        ])
          await bench.send(queue, { body, messageId: "same", partitionKey: partitionKey as string });
        const found = await bench.arrived(queue, 2);
        expect(found.map(({ body }) => body).sort()).toEqual(["a", "b"]);
      },
    );
  });
}
