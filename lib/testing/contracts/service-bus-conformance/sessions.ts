import type { ServiceBusSessionReceiver } from "@azure/service-bus";
import { describe, expect } from "vitest";
import { eventually } from "../../eventually";
import { type Bench, because, type ConformanceTarget, codeOf, message, rulesFor, take, takeOne } from "./bench";

export function sessionRules(target: ConformanceTarget): void {
  const rule = rulesFor(target);
  const accept = (bench: Bench, queue: string, id: string): Promise<ServiceBusSessionReceiver> =>
    bench.client.acceptSession(queue, id, { maxAutoLockRenewalDurationInMs: 0 });
  const sessionQueue = (bench: Bench, more: object = {}): Promise<string> =>
    bench.queue({ requiresSession: true, lockDuration: "PT30S", ...more });

  describe("Sessions", () => {
    rule("a session's messages come in order, and only to its holder", ["sessions"], async (bench) => {
      const queue = await sessionQueue(bench);
      await bench.send(
        queue,
        message(1, { sessionId: "a" }),
        message(2, { sessionId: "b" }),
        message(3, { sessionId: "a" }),
      );
      const a = await accept(bench, queue, "a");
      expect((await take(a, 2)).map(({ body, sessionId }) => [body, sessionId])).toEqual([
        [1, "a"],
        [3, "a"],
      ]);
      const b = await accept(bench, queue, "b");
      expect((await takeOne(b)).body).toBe(2);
    });

    rule("a held session is SessionCannotBeLocked for another", ["sessions"], async (bench) => {
      const queue = await sessionQueue(bench);
      await accept(bench, queue, "a");
      expect(await codeOf(accept(bench, queue, "a"))).toBe("SessionCannotBeLocked");
    });

    rule("the next free session is one with messages that nobody holds", ["sessions"], async (bench) => {
      const queue = await sessionQueue(bench);
      await bench.send(queue, message(1, { sessionId: "a" }), message(2, { sessionId: "b" }));
      const first = await bench.client.acceptNextSession(queue);
      const second = await bench.client.acceptNextSession(queue);
      expect([first.sessionId, second.sessionId].sort()).toEqual(["a", "b"]);
      expect(first.sessionLockedUntilUtc).toBeInstanceOf(Date);
    });

    rule("waiting for the next session ends with the first message of one", ["sessions"], async (bench) => {
      const queue = await sessionQueue(bench);
      const waiting = bench.client.acceptNextSession(queue);
      await bench.send(queue, message("came", { sessionId: "late" }));
      const session = await waiting;
      expect(session.sessionId).toBe("late");
      expect((await takeOne(session)).body).toBe("came");
    });

    rule("no free session within the wait is ServiceTimeout", ["sessions", "moving-clock"], async (bench) => {
      const queue = await sessionQueue(bench);
      let code: string | undefined;
      void codeOf(bench.client.acceptNextSession(queue)).then((found) => {
        code = found;
      });
      await eventually("the end of the wait", async () => {
        await target.passTime(1000);
        return code !== undefined;
      });
      expect(code).toBe("ServiceTimeout");
    });

    rule("closing the holder frees the session at once, without counting a delivery", ["sessions"], async (bench) => {
      const queue = await sessionQueue(bench);
      await bench.send(queue, message(1, { sessionId: "a" }));
      const first = await accept(bench, queue, "a");
      await takeOne(first);
      await first.close();
      const second = await accept(bench, queue, "a");
      expect((await takeOne(second)).deliveryCount).toBe(0);
    });

    rule(
      "a session's lock that runs out counts a delivery, and settling is SessionLockLost",
      ["sessions"],
      async (bench) => {
        const queue = await sessionQueue(bench, { lockDuration: "PT5S" });
        await bench.send(queue, message(1, { sessionId: "a" }));
        const first = await accept(bench, queue, "a");
        const held = await takeOne(first);
        await target.passTime(6000);
        await eventually("the link closed by the broker", () => first.isClosed);
        expect(await codeOf(first.completeMessage(held))).toBe("SessionLockLost");
        const second = await accept(bench, queue, "a");
        expect((await takeOne(second)).deliveryCount).toBe(1);
      },
    );

    rule("renewing the session keeps it and its messages", ["sessions"], async (bench) => {
      const queue = await sessionQueue(bench, { lockDuration: "PT10S" });
      await bench.send(queue, message(1, { sessionId: "a" }));
      const session = await accept(bench, queue, "a");
      const held = await takeOne(session);
      await target.passTime(6000);
      const until = await session.renewSessionLock();
      expect(until.getTime()).toBeGreaterThan(0);
      await target.passTime(6000);
      await session.completeMessage(held);
      expect(await bench.peek(queue)).toEqual([]);
    });

    rule("a session keeps a state, apart from its messages, until it is cleared", ["sessions"], async (bench) => {
      const queue = await sessionQueue(bench);
      const session = await accept(bench, queue, "a");
      expect(await session.getSessionState()).toBeNull();
      await session.setSessionState({ step: 2 });
      await session.close();
      const again = await accept(bench, queue, "a");
      expect(await again.getSessionState()).toEqual({ step: 2 });
    });

    rule("every settlement works on a session's messages, deferral too", ["sessions"], async (bench) => {
      const queue = await sessionQueue(bench);
      await bench.send(queue, ...[1, 2, 3, 4].map((body) => message(body, { sessionId: "a" })));
      const session = await accept(bench, queue, "a");
      const [a, b, c, d] = await take(session, 4);
      if (!a || !b || !c || !d) throw new Error("four were received");
      await session.completeMessage(a);
      await session.deferMessage(b);
      await session.deadLetterMessage(c, because("r"));
      await session.abandonMessage(d);
      const [deferred] = await session.receiveDeferredMessages(b.sequenceNumber as never);
      if (!deferred) throw new Error("a deferred message was received");
      await session.completeMessage(deferred);
      expect((await takeOne(session)).body).toBe(4);
      expect(await bench.bodies(queue, "deadLetter")).toEqual([3]);
    });

    rule("a session receiver peeks its own session only", ["sessions"], async (bench) => {
      const queue = await sessionQueue(bench);
      await bench.send(
        queue,
        message(1, { sessionId: "a" }),
        message(2, { sessionId: "b" }),
        message(3, { sessionId: "a" }),
      );
      const session = await accept(bench, queue, "a");
      expect((await session.peekMessages(10)).map(({ body }) => body)).toEqual([1, 3]);
    });

    rule("a send without a session id is refused; a plain receiver cannot be opened", ["sessions"], async (bench) => {
      const queue = await sessionQueue(bench);
      expect(await codeOf(bench.send(queue, message(1)))).not.toBe("no error");
      expect(await codeOf(bench.receiver(queue).receiveMessages(1, { maxWaitTimeInMs: 500 }))).not.toBe("no error");
    });

    rule("an entity without sessions gives none", ["sessions"], async (bench) => {
      const queue = await bench.queue();
      expect(await codeOf(accept(bench, queue, "a"))).not.toBe("no error");
    });

    rule(
      "the dead-letter queue of a session entity is read with a plain receiver, session ids kept",
      ["sessions"],
      async (bench) => {
        const queue = await sessionQueue(bench);
        await bench.send(queue, message(1, { sessionId: "a" }));
        const session = await accept(bench, queue, "a");
        await session.deadLetterMessage(await takeOne(session));
        expect((await takeOne(bench.receiver(queue, "deadLetter"))).sessionId).toBe("a");
      },
    );

    rule("a subscription with sessions dead-letters a message without one", ["sessions"], async (bench) => {
      const topic = await bench.topic();
      const subscription = await bench.subscription(topic, { requiresSession: true });
      await bench.send(topic, message(1), message(2, { sessionId: "a" }));
      const dead = await bench.peek(`${topic}|${subscription}`, "deadLetter");
      expect(dead.map(({ body, deadLetterReason }) => [body, deadLetterReason])).toEqual([[1, "Session ID is null"]]);
    });
  });
}
