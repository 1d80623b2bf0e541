import { ServiceBusClient } from "@azure/service-bus";
import rhea from "rhea";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { startBroker } from "./start-broker";

/** Requests to $management that no client library makes, over the library's request-response link. */

const broker = await startBroker({
  config: {
    UserConfig: {
      Namespaces: [
        {
          Name: "managed",
          Queues: [{ Name: "orders" }, { Name: "sessions", Properties: { RequiresSession: true } }],
          Topics: [{ Name: "events", Subscriptions: [{ Name: "s" }] }],
        },
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

  /** Fields of each operation, with a value of the type that it should have. */
  const FIELDS: Record<string, Record<string, unknown>> = {
    "peek-message": { "from-sequence-number": rhea.types.wrap_long(1), "message-count": rhea.types.wrap_int(1) },
    "renew-lock": { "lock-tokens": rhea.types.wrap_array([Buffer.alloc(16)], 0x98, undefined) },
    "receive-by-sequence-number": {
      "sequence-numbers": rhea.types.wrap_array([1], 0x81, undefined),
      "receiver-settle-mode": rhea.types.wrap_uint(1),
    },
    "update-disposition": {
      "disposition-status": "completed",
      "lock-tokens": rhea.types.wrap_array([Buffer.alloc(16)], 0x98, undefined),
    },
    "schedule-message": { messages: [{ "message-id": "x", message: Buffer.from("junk") }] },
    "cancel-scheduled-message": { "sequence-numbers": rhea.types.wrap_array([1], 0x81, undefined) },
    "batch-delete-messages": {
      "message-count": rhea.types.wrap_int(1),
      "enqueued-time-utc": rhea.types.wrap_timestamp(0),
    },
    "renew-session-lock": { "session-id": "nobody's" },
    "set-session-state": { "session-id": "nobody's", "session-state": Buffer.from("x") },
    "get-session-state": { "session-id": "nobody's" },
    "get-message-sessions": {
      "last-updated-time": rhea.types.wrap_timestamp(0),
      skip: rhea.types.wrap_int(0),
      top: rhea.types.wrap_int(1),
    },
    "add-rule": { "rule-name": "r", "rule-description": { "sql-filter": { expression: "1=1" } } },
    "remove-rule": { "rule-name": "no such rule" },
    "enumerate-rules": { skip: rhea.types.wrap_int(0), top: rhea.types.wrap_int(1) },
  };
  const ODD: readonly unknown[] = [
    null,
    "text",
    rhea.types.wrap_int(-1),
    rhea.types.wrap_long(Number.MIN_SAFE_INTEGER),
    rhea.types.wrap_double(1.5),
    Buffer.alloc(3),
    [],
    [null, "x", {}],
    {},
    { a: [1] },
  ];

  for (const [operation, fields] of Object.entries(FIELDS)) {
    test(`${operation}: whatever stands in its fields, it is answered in words, and the link goes on`, async () => {
      const path = operation.endsWith("-rule") || operation.endsWith("-rules") ? "events/Subscriptions/s" : "sessions";
      const answers: string[] = [];
      for (const name of Object.keys(fields)) {
        for (const odd of ODD) {
          const answer = await request(path, `com.microsoft:${operation}`, { ...fields, [name]: odd }).then(
            ({ application_properties }) => `status ${application_properties.statusCode}`,
            (error: unknown) => String(error),
          );
          answers.push(answer);
        }
      }
      expect(answers.filter((answer) => !/^status 20[04]$|^\w+Error: ./.test(answer))).toEqual([]);
      expect(answers.join("\n")).not.toMatch(
        /timed out|InternalServerError|connection|TypeError|RangeError|undefined/i,
      );
    });
  }
});
