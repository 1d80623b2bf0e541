import { describe, expect } from "vitest";
import { eventually } from "../../eventually";
import { message } from "./expectations";
import type { RuleBook } from "./rule-book";

export function subscribingRules({ rule, target }: RuleBook): void {
  describe("Subscribing to a receiver", () => {
    rule(
      "subscribe() hands out messages as they come, and completes those whose handler returns",
      [],
      async (bench) => {
        const queue = await bench.queue();
        await bench.send(queue, message(1));
        const bodies: unknown[] = [];
        const subscribed = bench.receiver(queue).subscribe({
          processMessage: async ({ body }) => void bodies.push(body),
          processError: async () => {},
        });
        await eventually("the message that was there", () => bodies.length === 1, target.patienceMs);
        await bench.send(queue, message(2), message(3));
        await eventually("the messages that came", () => bodies.length === 3, target.patienceMs);
        expect(bodies).toEqual([1, 2, 3]);
        await bench.empty(queue);
        await subscribed.close();
      },
    );

    rule(
      "subscribe(): a message whose handler fails is abandoned and comes again, with its count raised",
      [],
      async (bench) => {
        const queue = await bench.queue();
        await bench.send(queue, message(1));
        const counts: unknown[] = [];
        const errors: string[] = [];
        const subscribed = bench.receiver(queue).subscribe({
          processMessage: async ({ deliveryCount }) => {
            counts.push(deliveryCount);
            if (counts.length < 3) throw new Error("not yet");
          },
          processError: async ({ errorSource }) => void errors.push(errorSource),
        });
        await eventually("a third delivery", () => counts.length === 3, target.patienceMs);
        await bench.empty(queue);
        expect(counts).toEqual([0, 1, 2]);
        expect(errors).toEqual(["processMessageCallback", "processMessageCallback"]);
        await subscribed.close();
      },
    );

    rule("subscribe() that is closed hands out no more", [], async (bench) => {
      const queue = await bench.queue();
      const bodies: unknown[] = [];
      const receiver = bench.receiver(queue);
      const subscribed = receiver.subscribe({
        processMessage: async ({ body }) => void bodies.push(body),
        processError: async () => {},
      });
      await bench.send(queue, message(1));
      await eventually("the first message", () => bodies.length === 1, target.patienceMs);
      await subscribed.close();
      await bench.send(queue, message(2));
      expect((await bench.takeOne(bench.receiver(queue))).body).toBe(2);
      expect(bodies).toEqual([1]);
    });

    rule("subscribe() tells its error handler of an entity that does not exist", [], async (bench) => {
      const codes: unknown[] = [];
      const receiver = bench.receiver(bench.name());
      receiver.subscribe({
        processMessage: async () => {},
        processError: async ({ error }) => void codes.push("code" in error ? error.code : error.name),
      });
      await eventually("an error", () => codes.length > 0, target.patienceMs);
      expect(codes[0]).toBe("MessagingEntityNotFound");
      await receiver.close();
    });
  });
}
