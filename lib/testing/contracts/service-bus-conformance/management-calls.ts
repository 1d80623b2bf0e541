import type { ServiceBusClient } from "@azure/service-bus";
import rhea from "rhea";
import { describe, expect } from "vitest";
import { eventually } from "../../eventually";
import type { Bench } from "./bench";
import { codeOf, message } from "./expectations";
import type { RuleBook } from "./rule-book";

/** Management operations that this release of the client library has no public call for; its request-response link is used. */

interface Answer {
  readonly body: Record<string, unknown> | null;
  readonly application_properties: { readonly statusCode: number };
}

interface ManagementLink {
  initWithUniqueReplyTo(options: object): Promise<object>;
  readonly replyTo: string;
  readonly link: { sendRequest(request: object, options: object): Promise<Answer> };
}

async function request(client: ServiceBusClient, path: string, operation: string, body: object): Promise<Answer> {
  const internals = client as unknown as { _connectionContext: { getManagementClient(path: string): ManagementLink } };
  const management = internals._connectionContext.getManagementClient(path);
  await management.initWithUniqueReplyTo({});
  const properties = { operation: `com.microsoft:${operation}` };
  return management.link.sendRequest({ body, reply_to: management.replyTo, application_properties: properties }, {});
}

export function managementCallRules({ rule, target }: RuleBook): void {
  const deleteBefore = (bench: Bench, path: string, count: number, time: number): Promise<Answer> =>
    request(bench.client, path, "batch-delete-messages", {
      "message-count": rhea.types.wrap_int(count),
      "enqueued-time-utc": rhea.types.wrap_timestamp(time),
    });

  describe("Batch delete", () => {
    rule(
      "what was enqueued before a time is deleted, oldest first, at most as many as asked; locked messages stay",
      ["batch-delete"],
      async (bench) => {
        const queue = await bench.queue();
        await bench.send(queue, ...[1, 2, 3, 4, 5].map((body) => message(body)));
        await bench.takeOne(bench.receiver(queue));
        const some = await deleteBefore(bench, queue, 2, target.now() + 1000);
        expect(some.body).toEqual({ "message-count": 2 });
        await bench.bodies(queue, [1, 4, 5]);
        const none = await deleteBefore(bench, queue, 10, target.now() - 60_000);
        expect(none.application_properties.statusCode).toBe(204);
      },
    );

    rule("a dead-letter queue is purged by batch deletes until nothing is left", ["batch-delete"], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, ...Array.from({ length: 30 }, (_, i) => message(i)));
      const receiver = bench.receiver(queue);
      for (const each of await bench.take(receiver, 30)) await receiver.deadLetterMessage(each);
      let deleted = 0;
      for (;;) {
        const answer = await deleteBefore(bench, `${queue}/$DeadLetterQueue`, 20, target.now() + 1000);
        if (answer.application_properties.statusCode === 204) break;
        deleted += Number(answer.body?.["message-count"]);
      }
      expect(deleted).toBe(30);
      await bench.empty(queue, "deadLetter");
    });

    rule("a batch delete of more than 4,000 messages is an ArgumentError", ["batch-delete"], async (bench) => {
      const queue = await bench.queue();
      expect(await codeOf(deleteBefore(bench, queue, 5000, target.now()))).toBe("ArgumentError");
    });
  });

  describe("Lists of sessions", () => {
    rule(
      "the sessions of an entity are listed in pages, those with messages or a state",
      ["session-lists", "sessions"],
      async (bench) => {
        const queue = await bench.sessionQueue();
        for (const sessionId of ["a", "b"]) await bench.send(queue, message(1, { sessionId }));
        const stated = await bench.session(queue, "c");
        await stated.setSessionState("state");
        await stated.close();
        const page = (skip: number, top: number): Promise<Answer> =>
          request(bench.client, queue, "get-message-sessions", {
            "last-updated-time": rhea.types.wrap_timestamp(0),
            skip: rhea.types.wrap_int(skip),
            top: rhea.types.wrap_int(top),
          });
        expect((await page(0, 2)).body?.["sessions-ids"]).toEqual(["a", "b"]);
        expect((await page(2, 2)).body?.["sessions-ids"]).toEqual(["c"]);
        expect((await page(3, 2)).application_properties.statusCode).toBe(204);
        // The client library writes the word null where a state is cleared; the service forgets it for a null of AMQP.
        const again = await bench.freeSession(queue, "c");
        await request(bench.client, queue, "set-session-state", { "session-id": "c", "session-state": null });
        expect(await again.getSessionState()).toBeNull();
        await again.close();
        await eventually(
          "the cleared session forgotten",
          async () => (await page(2, 2)).application_properties.statusCode === 204,
          target.patienceMs,
        );
      },
    );

    rule(
      "renewing or setting the state of a session that nobody holds is SessionLockLost",
      ["session-lists", "sessions"],
      async (bench) => {
        const queue = await bench.sessionQueue();
        await bench.send(queue, message(1, { sessionId: "free" }));
        const call = (operation: string, body: object) =>
          codeOf(request(bench.client, queue, operation, { "session-id": "free", ...body }));
        expect(await call("renew-session-lock", {})).toBe("SessionLockLostError");
        expect(await call("set-session-state", { "session-state": Buffer.from("x") })).toBe("SessionLockLostError");
        expect(await call("get-session-state", {})).toBe("SessionLockLostError");
      },
    );
  });
}
