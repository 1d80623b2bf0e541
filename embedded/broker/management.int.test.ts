import { ServiceBusClient } from "@azure/service-bus";
import rhea from "rhea";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { startBroker } from "./start-broker";

/** Management operations that this release of the client library has no public call for; its request-response link is used. */

const broker = await startBroker({
  config: {
    UserConfig: {
      Namespaces: [
        { Name: "managed", Queues: [{ Name: "orders" }, { Name: "sessions", Properties: { RequiresSession: true } }] },
      ],
    },
  },
});
afterAll(() => broker.close());

interface Answer {
  readonly body: Record<string, unknown> | null;
  readonly application_properties: { readonly statusCode: number };
}

interface ManagementLink {
  initWithUniqueReplyTo(options: object): Promise<object>;
  readonly replyTo: string;
  readonly link: { sendRequest(request: object, options: object): Promise<Answer> };
}

let client: ServiceBusClient;
beforeEach(() => {
  client = new ServiceBusClient(broker.connectionString, { retryOptions: { maxRetries: 0, timeoutInMs: 3000 } });
});
afterEach(() => client.close());

async function request(path: string, operation: string, body: object): Promise<Answer> {
  const internals = client as unknown as { _connectionContext: { getManagementClient(path: string): ManagementLink } };
  const management = internals._connectionContext.getManagementClient(path);
  await management.initWithUniqueReplyTo({});
  return management.link.sendRequest({ body, reply_to: management.replyTo, application_properties: { operation } }, {});
}

const deleteBefore = (count: number, time: Date): object => ({
  "message-count": rhea.types.wrap_int(count),
  "enqueued-time-utc": rhea.types.wrap_timestamp(time.getTime()),
});

describe("Batch delete", () => {
  test("deletes what was enqueued before a time, oldest first, at most as many as asked; locked messages stay", async () => {
    const sender = client.createSender("orders");
    await sender.sendMessages([1, 2, 3, 4, 5].map((body) => ({ body, messageId: `d${body}` })));
    const receiver = client.createReceiver("orders", { maxAutoLockRenewalDurationInMs: 0 });
    const [locked] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 1000 });
    expect(locked?.body).toBe(1);
    const some = await request(
      "orders",
      "com.microsoft:batch-delete-messages",
      deleteBefore(2, new Date(Date.now() + 1000)),
    );
    expect(some.body).toEqual({ "message-count": 2 });
    expect((await receiver.peekMessages(10)).map(({ body }) => body)).toEqual([1, 4, 5]);
    const none = await request(
      "orders",
      "com.microsoft:batch-delete-messages",
      deleteBefore(10, new Date(Date.now() - 60_000)),
    );
    expect(none.application_properties.statusCode).toBe(204);
  });

  test("a count out of range is refused", async () => {
    await expect(
      request("orders", "com.microsoft:batch-delete-messages", deleteBefore(5000, new Date())),
    ).rejects.toThrow(/message-count/);
  });
});

describe("Sessions of an entity", () => {
  test("ids are listed in pages, those with a state or messages", async () => {
    await client.createSender("sessions").sendMessages(["a", "b", "c"].map((sessionId) => ({ body: 1, sessionId })));
    const page = (skip: number, top: number): Promise<Answer> =>
      request("sessions", "com.microsoft:get-message-sessions", {
        "last-updated-time": rhea.types.wrap_timestamp(0),
        skip: rhea.types.wrap_int(skip),
        top: rhea.types.wrap_int(top),
      });
    expect((await page(0, 2)).body?.["sessions-ids"]).toEqual(["a", "b"]);
    expect((await page(2, 2)).body?.["sessions-ids"]).toEqual(["c"]);
    expect((await page(3, 2)).application_properties.statusCode).toBe(204);
  });
});

describe("Requests that make no sense", () => {
  test("an unknown operation is not implemented", async () => {
    await expect(request("orders", "com.microsoft:no-such-thing", {})).rejects.toThrow(/not supported/);
  });

  test("a body without its fields, or with wrong types, is an argument error", async () => {
    await expect(request("orders", "com.microsoft:peek-message", {})).rejects.toThrow(/from-sequence-number/);
    await expect(request("orders", "com.microsoft:renew-lock", { "lock-tokens": ["x"] })).rejects.toThrow(
      /lock-tokens/,
    );
    await expect(request("orders", "com.microsoft:update-disposition", {})).rejects.toThrow(/disposition-status/);
    await expect(request("orders", "com.microsoft:schedule-message", { messages: "x" })).rejects.toThrow(/messages/);
    await expect(request("orders", "com.microsoft:set-session-state", { "session-id": "s" })).rejects.toThrow(
      /sessions/,
    );
    await expect(request("orders", "com.microsoft:enumerate-rules", { top: 1, skip: 0 })).rejects.toThrow(
      /subscription/,
    );
  });
});
