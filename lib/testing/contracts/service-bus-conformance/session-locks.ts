import { describe, expect } from "vitest";
import { eventually } from "../../eventually";
import type { Bench } from "./bench";
import { codeOf, message } from "./expectations";
import type { RuleBook } from "./rule-book";

export function sessionLockRules({ rule, target }: RuleBook): void {
  /** A session whose lock has run out, with the message that was held in it. */
  const lost = async (bench: Bench) => {
    const queue = await bench.sessionQueue({ lockDuration: "PT5S" });
    await bench.send(queue, message(1, { sessionId: "a" }));
    const session = await bench.session(queue, "a");
    const held = await bench.takeOne(session);
    await target.passTime(6000);
    return { queue, session, held };
  };

  describe("Session locks and states", () => {
    rule(
      "a session's lock that runs out counts a delivery, and settling is SessionLockLost",
      ["sessions"],
      async (bench) => {
        const { queue, session, held } = await lost(bench);
        await eventually("the link closed by the broker", () => session.isClosed, target.patienceMs);
        expect(await codeOf(session.completeMessage(held))).toBe("SessionLockLost");
        const second = await bench.freeSession(queue, "a");
        expect((await bench.takeOne(second)).deliveryCount).toBe(1);
      },
    );

    rule("receiving from a session whose lock ran out is SessionLockLost", ["sessions"], async (bench) => {
      const { session } = await lost(bench);
      await eventually("the link closed by the broker", () => session.isClosed, target.patienceMs);
      expect(await codeOf(session.receiveMessages(1, { maxWaitTimeInMs: target.nothingMs }))).toBe("SessionLockLost");
    });

    rule("a lost session ends its subscriber's link with SessionLockLost", ["sessions"], async (bench) => {
      const queue = await bench.sessionQueue({ lockDuration: "PT5S" });
      const session = await bench.session(queue, "a");
      const codes: unknown[] = [];
      session.subscribe({
        processMessage: async () => {},
        processError: async ({ error }) => void codes.push("code" in error ? error.code : error.name),
      });
      await target.passTime(6000);
      await eventually("the error", () => codes.length > 0, target.patienceMs);
      expect(codes[0]).toBe("SessionLockLost");
    });

    rule(
      "renewing a lost session, and reading or setting its state, are SessionLockLost",
      ["sessions"],
      async (bench) => {
        const { session } = await lost(bench);
        expect(await codeOf(session.renewSessionLock())).toBe("SessionLockLost");
        expect(await codeOf(session.setSessionState({ step: 1 }))).toBe("SessionLockLost");
        expect(await codeOf(session.getSessionState())).toBe("SessionLockLost");
      },
    );

    rule(
      "the last lost session lock of a message dead-letters it with MaxDeliveryCountExceeded",
      ["sessions"],
      async (bench) => {
        const queue = await bench.sessionQueue({ lockDuration: "PT5S", maxDeliveryCount: 1 });
        await bench.send(queue, message(1, { sessionId: "a" }));
        await bench.takeOne(await bench.session(queue, "a"));
        await target.passTime(6000);
        expect((await bench.arrived(queue, 1, "deadLetter"))[0]).toMatchObject({
          sessionId: "a",
          deadLetterReason: "MaxDeliveryCountExceeded",
        });
      },
    );

    rule("renewing the session keeps it and its messages, and returns the new time", ["sessions"], async (bench) => {
      const queue = await bench.sessionQueue({ lockDuration: "PT10S" });
      await bench.send(queue, message(1, { sessionId: "a" }));
      const session = await bench.session(queue, "a");
      const before = session.sessionLockedUntilUtc.getTime();
      const held = await bench.takeOne(session);
      await target.passTime(6000);
      expect((await session.renewSessionLock()).getTime()).toBeGreaterThan(before);
      await target.passTime(6000);
      expect(await codeOf(bench.session(queue, "a"))).toBe("SessionCannotBeLocked");
      await session.completeMessage(held);
      await bench.empty(queue);
    });

    rule("a session keeps a state, apart from its messages, until it is cleared", ["sessions"], async (bench) => {
      const queue = await bench.sessionQueue();
      const next = async () => bench.freeSession(queue, "a");
      let session = await next();
      expect(await session.getSessionState()).toBeNull();
      await session.setSessionState({ step: 2 });
      await session.close();
      session = await next();
      expect(await session.getSessionState()).toEqual({ step: 2 });
      await session.setSessionState(null);
      expect(await session.getSessionState()).toBeNull();
      await session.close();
      expect(await (await next()).getSessionState()).toBeNull();
    });

    rule("the states of two sessions are apart", ["sessions"], async (bench) => {
      const queue = await bench.sessionQueue();
      const [a, b] = [await bench.session(queue, "a"), await bench.session(queue, "b")];
      await a.setSessionState("of a");
      await b.setSessionState("of b");
      expect([await a.getSessionState(), await b.getSessionState()]).toEqual(["of a", "of b"]);
    });

    rule(
      "a session state of more than 256 KB is MessageSizeExceeded, and the last state stays",
      ["sessions"],
      async (bench) => {
        const queue = await bench.sessionQueue();
        const session = await bench.session(queue, "a");
        await session.setSessionState("kept");
        expect(await codeOf(session.setSessionState("x".repeat(300 * 1024)))).toBe("MessageSizeExceeded");
        expect(await session.getSessionState()).toBe("kept");
      },
    );
  });
}
