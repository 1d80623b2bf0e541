import { describe, expect } from "vitest";
import { eventually } from "../../eventually";
import { because, codeOf, errorOf, expectInvalidOperation, message } from "./expectations";
import type { RuleBook } from "./rule-book";

export function sessionRules({ rule, target }: RuleBook): void {
  describe("Sessions", () => {
    rule("a session's messages come in order, and only to its holder", ["sessions"], async (bench) => {
      const queue = await bench.sessionQueue();
      for (const [body, sessionId] of [
        [1, "a"],
        [2, "b"],
        [3, "a"],
      ] as const)
        await bench.send(queue, message(body, { sessionId }));
      const a = await bench.session(queue, "a");
      expect((await bench.take(a, 2)).map(({ body, sessionId }) => [body, sessionId])).toEqual([
        [1, "a"],
        [3, "a"],
      ]);
      const b = await bench.session(queue, "b");
      expect((await bench.takeOne(b)).body).toBe(2);
      await bench.nothing(a);
    });

    rule(
      "a batch may hold messages of several sessions where the entity is not partitioned",
      ["sessions"],
      async (bench) => {
        const queue = await bench.sessionQueue();
        await bench.send(queue, message(1, { sessionId: "a" }), message(2, { sessionId: "b" }));
        expect((await bench.takeOne(await bench.session(queue, "b"))).body).toBe(2);
      },
    );

    rule("a held session is SessionCannotBeLocked for another", ["sessions"], async (bench) => {
      const queue = await bench.sessionQueue();
      await bench.session(queue, "a");
      expect(await codeOf(bench.session(queue, "a"))).toBe("SessionCannotBeLocked");
    });

    rule("a session without messages can be held, and gets those that come", ["sessions"], async (bench) => {
      const queue = await bench.sessionQueue();
      const session = await bench.session(queue, "a");
      const waiting = bench.takeOne(session);
      await bench.send(queue, message("came", { sessionId: "a" }));
      expect((await waiting).body).toBe("came");
    });

    rule("the next free session is one with messages that nobody holds", ["sessions"], async (bench) => {
      const queue = await bench.sessionQueue();
      await bench.send(queue, message(1, { sessionId: "a" }));
      await bench.send(queue, message(2, { sessionId: "b" }));
      const first = await bench.client.acceptNextSession(queue);
      const second = await bench.client.acceptNextSession(queue);
      expect([first.sessionId, second.sessionId].sort()).toEqual(["a", "b"]);
      expect(first.sessionLockedUntilUtc.getTime()).toBeGreaterThan(target.now());
    });

    rule("waiting for the next session ends with the first message of one", ["sessions"], async (bench) => {
      const queue = await bench.sessionQueue();
      const waiting = bench.client.acceptNextSession(queue);
      await bench.send(queue, message("came", { sessionId: "late" }));
      const session = await waiting;
      expect(session.sessionId).toBe("late");
      expect((await bench.takeOne(session)).body).toBe("came");
    });

    rule("no free session within the wait is ServiceTimeout", ["sessions", "moving-clock"], async (bench) => {
      const queue = await bench.sessionQueue();
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

    rule(
      "closing the holder frees the session before its lock ends, without counting a delivery",
      ["sessions"],
      async (bench) => {
        const queue = await bench.sessionQueue({ lockDuration: "PT5M" });
        await bench.send(queue, message(1, { sessionId: "a" }));
        const first = await bench.session(queue, "a");
        await bench.takeOne(first);
        await first.close();
        const second = await bench.freeSession(queue, "a");
        expect((await bench.takeOne(second)).deliveryCount).toBe(0);
      },
    );

    rule("every settlement works on a session's messages, deferral too", ["sessions"], async (bench) => {
      const queue = await bench.sessionQueue();
      await bench.send(queue, ...[1, 2, 3, 4].map((body) => message(body, { sessionId: "a" })));
      const session = await bench.session(queue, "a");
      const [a, b, c, d] = await bench.take(session, 4);
      if (!a || !b || !c || !d) throw new Error("four were received");
      await session.completeMessage(a);
      await session.deferMessage(b);
      await session.deadLetterMessage(c, because("r"));
      await session.abandonMessage(d);
      const [deferred] = await session.receiveDeferredMessages(b.sequenceNumber as never);
      if (!deferred) throw new Error("a deferred message was received");
      await session.completeMessage(deferred);
      const again = await bench.takeOne(session);
      expect([again.body, again.deliveryCount]).toEqual([4, 1]);
      await session.completeMessage(again);
      await bench.empty(queue);
      await bench.bodies(queue, [3], "deadLetter");
    });

    rule("a session receiver peeks its own session only, deferred messages too", ["sessions"], async (bench) => {
      const queue = await bench.sessionQueue();
      for (const [body, sessionId] of [
        [1, "a"],
        [2, "b"],
        [3, "a"],
      ] as const)
        await bench.send(queue, message(body, { sessionId }));
      const session = await bench.session(queue, "a");
      await session.deferMessage(await bench.takeOne(session));
      const peeked = await session.peekMessages(10);
      expect(peeked.map(({ body, state }) => [body, state])).toEqual([
        [1, "deferred"],
        [3, "active"],
      ]);
    });

    rule("a session receiver can subscribe to its session's messages", ["sessions"], async (bench) => {
      const queue = await bench.sessionQueue();
      await bench.send(queue, message(1, { sessionId: "a" }), message(2, { sessionId: "a" }));
      const session = await bench.session(queue, "a");
      const bodies: unknown[] = [];
      session.subscribe({
        processMessage: async ({ body }) => void bodies.push(body),
        processError: async () => {},
      });
      await eventually("both messages", () => bodies.length === 2, target.patienceMs);
      expect(bodies).toEqual([1, 2]);
      await bench.empty(queue);
    });

    rule("a subscription has sessions too", ["sessions", "topics"], async (bench) => {
      const topic = await bench.topic();
      const subscription = await bench.subscription(topic, { requiresSession: true });
      await bench.send(topic, message(1, { sessionId: "a" }));
      const session = await bench.client.acceptSession(topic, subscription, "a");
      expect((await bench.takeOne(session)).body).toBe(1);
    });

    rule(
      "a send without a session id is an InvalidOperationError, and a batch with one such is refused whole",
      ["sessions"],
      async (bench) => {
        const queue = await bench.sessionQueue();
        const { code, message: text } = await errorOf(bench.send(queue, message(1)));
        expect([code, text]).toEqual(["GeneralError", expect.stringMatching(/^InvalidOperationError: .*SessionId/)]);
        await expectInvalidOperation(bench.send(queue, message(1, { sessionId: "a" }), message(2)));
        await bench.empty(queue);
      },
    );

    rule("a plain receiver on an entity with sessions is an InvalidOperationError", ["sessions"], async (bench) => {
      const queue = await bench.sessionQueue();
      const { code, message: text } = await errorOf(bench.open(bench.receiver(queue)));
      expect(code).toBe("GeneralError");
      expect(text).toMatch(/^InvalidOperationError: .*sessions/);
    });

    // The client library asks for a session and sees that it was given none.
    rule("a session of an entity without sessions is SessionCannotBeLocked", ["sessions"], async (bench) => {
      const queue = await bench.queue();
      expect(await codeOf(bench.session(queue, "a"))).toBe("SessionCannotBeLocked");
    });

    rule("the next session of an entity without sessions is an InvalidOperationError", ["sessions"], async (bench) => {
      const queue = await bench.queue();
      await expectInvalidOperation(bench.client.acceptNextSession(queue));
    });

    rule(
      "the dead-letter queue of an entity with sessions is read with a plain receiver, session ids kept",
      ["sessions"],
      async (bench) => {
        const queue = await bench.sessionQueue();
        await bench.send(queue, message(1, { sessionId: "a" }));
        const session = await bench.session(queue, "a");
        await session.deadLetterMessage(await bench.takeOne(session));
        const receiver = bench.receiver(queue, "deadLetter");
        const dead = await bench.takeOne(receiver);
        expect(dead.sessionId).toBe("a");
        await receiver.completeMessage(dead);
        await bench.empty(queue, "deadLetter");
      },
    );

    rule(
      "a subscription with sessions dead-letters a message without one: Session ID is null",
      ["sessions", "topics"],
      async (bench) => {
        const topic = await bench.topic();
        const subscription = await bench.subscription(topic, { requiresSession: true });
        await bench.send(topic, message(1), message(2, { sessionId: "a" }));
        const dead = await bench.arrived(`${topic}|${subscription}`, 1, "deadLetter");
        expect(dead.map(({ body, deadLetterReason }) => [body, deadLetterReason])).toEqual([[1, "Session ID is null"]]);
      },
    );
  });
}
