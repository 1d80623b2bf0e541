import { createHmac } from "node:crypto";
import { once } from "node:events";
import { ServiceBusClient, ServiceBusError } from "@azure/service-bus";
import rhea from "rhea";
import { afterAll, expect, test } from "vitest";
import { administrationOverHttp } from "../../lib/testing/administration-client";
import { eventually } from "../../lib/testing/eventually";
import { Authority } from "./amqp/authority";
import { MovableClock } from "./clock";
import { type BrokerOptions, type RunningBroker, startBroker } from "./start-broker";

/** Shared access signatures, checked when a key is configured. */

const broker = await startBroker({
  config: { UserConfig: { Namespaces: [{ Name: "locked", Queues: [{ Name: "orders" }] }] } },
  accessKeys: [
    { name: "all", key: "c2VjcmV0", rights: ["Send", "Listen", "Manage"] },
    { name: "listen", key: "bGlzdGVu", rights: ["Listen"] },
  ],
});
afterAll(() => broker.close());

async function sendWith(name: string, key: string): Promise<string> {
  const connection = `Endpoint=sb://localhost:${broker.amqpPort};SharedAccessKeyName=${name};SharedAccessKey=${key};UseDevelopmentEmulator=true;`;
  const client = new ServiceBusClient(connection, { retryOptions: { maxRetries: 0, timeoutInMs: 3000 } });
  try {
    await client.createSender("orders").sendMessages({ body: "x" });
    return "sent";
  } catch (error) {
    return error instanceof ServiceBusError ? error.code : String(error);
  } finally {
    await client.close();
  }
}

test("a token signed with a configured key is taken", async () => {
  expect(await sendWith("all", "c2VjcmV0")).toBe("sent");
});

test("a wrong key, and an unknown one, are UnauthorizedAccess", async () => {
  expect(await sendWith("all", "d3Jvbmc=")).toBe("UnauthorizedAccess");
  expect(await sendWith("nobody", "c2VjcmV0")).toBe("UnauthorizedAccess");
});

test("a key without the Send right cannot send, and can receive", async () => {
  expect(await sendWith("listen", "bGlzdGVu")).toBe("UnauthorizedAccess");
  const client = new ServiceBusClient(
    `Endpoint=sb://localhost:${broker.amqpPort};SharedAccessKeyName=listen;SharedAccessKey=bGlzdGVu;UseDevelopmentEmulator=true;`,
    { retryOptions: { maxRetries: 0, timeoutInMs: 3000 } },
  );
  expect((await client.createReceiver("orders").peekMessages(1)).length).toBeGreaterThanOrEqual(0);
  await client.close();
});

test("the administration asks for the Manage right", async () => {
  const url = `${broker.administrationUrl}/$Resources/Queues`;
  expect((await fetch(url)).status).toBe(401);
  const token = (name: string, key: string): string => {
    return signature("http://localhost/", name, key, Math.floor(Date.now() / 1000) + 60);
  };
  expect((await fetch(url, { headers: { authorization: token("listen", "bGlzdGVu") } })).status).toBe(401);
  expect((await fetch(url, { headers: { authorization: token("all", "c2VjcmV0") } })).status).toBe(200);
});

test("the administration client is told Unauthorized for a wrong key, and for one without the Manage right", async () => {
  const listing = async (name: string, key: string): Promise<string> => {
    const administration = administrationOverHttp(
      `Endpoint=sb://localhost:${broker.amqpPort};SharedAccessKeyName=${name};SharedAccessKey=${key};UseDevelopmentEmulator=true;`,
      broker.administrationUrl,
    );
    return administration.getQueue("orders").then(
      ({ name: found }) => found,
      (error: { statusCode: number; code: string }) => `${error.statusCode} ${error.code}`,
    );
  };
  expect(await listing("all", "d3Jvbmc=")).toBe("401 UnauthorizedRequestError");
  expect(await listing("listen", "bGlzdGVu")).toBe("401 UnauthorizedRequestError");
  expect(await listing("all", "c2VjcmV0")).toBe("orders");
});

test("a token is refused after its expiry, for another resource, or with a changed field", () => {
  const authority = new Authority([{ name: "all", key: "k", rights: ["Send", "Listen"] }]);
  const now = 1_000_000_000_000;
  const good = signature("sb://ns/orders", "all", "k", now / 1000 + 60);
  expect(authority.verify(good, now).resource).toBe("sb://ns/orders");
  expect(() => authority.verify(good, now + 61_000)).toThrow(/ExpiredToken/);
  expect(() => authority.verify(good.replace("orders", "others"), now)).toThrow(/InvalidSignature/);
  expect(() => authority.verify(good.replace(/se=\d+/, `se=${now}`), now)).toThrow(/InvalidSignature/);
  expect(() => authority.verify("nonsense", now)).toThrow(/malformed/);
  const rights = authority.newConnection();
  const put = (audience: string): void => rights.putToken(audience, "servicebus.windows.net:sastoken", good, now);
  expect(() => put("sb://ns/others")).toThrow(/another resource/);
  put("sb://ns/orders/$management");
  expect(() => rights.demand("Send", "orders", now)).not.toThrow();
  expect(() => rights.demand("Send", "orders", now + 60_000)).toThrow(/ExpiredToken/);
  expect(() => rights.demand("Send", "orders2", now)).toThrow(/claim/);
  expect(() => rights.demand("Manage", "orders", now)).toThrow(/claim/);
});

const AGING = {
  config: { UserConfig: { Namespaces: [{ Name: "aging", Queues: [{ Name: "orders" }] }] } },
  accessKeys: [{ name: "all", key: "k", rights: ["Send", "Listen"] }],
} as const satisfies BrokerOptions;

test("an expired token opens no new link", async () => {
  const clock = new MovableClock();
  const aging = await startBroker({ ...AGING, clock });
  const { connection, putToken, sending } = await rawClient(aging, clock);
  try {
    await putToken(60);
    expect(await sending("in time")).toBeNull();
    clock.advance(61_000);
    expect(await sending("too late")).toBe("amqp:unauthorized-access");
  } finally {
    connection.close();
    await aging.close();
  }
});

test("when a token has run out and cannot be renewed, a request is UnauthorizedAccess", async () => {
  const clock = new MovableClock();
  const aging = await startBroker({ ...AGING, clock });
  const client = new ServiceBusClient(aging.connectionString, { retryOptions: { maxRetries: 0, timeoutInMs: 3000 } });
  try {
    const receiver = client.createReceiver("orders");
    expect(await receiver.peekMessages(1)).toEqual([]);
    // The client signs for an hour of real time, which is over for the broker: a new token is refused as the old one was.
    clock.advance(2 * 3_600_000);
    await expect(receiver.peekMessages(1)).rejects.toThrow(/force detached. Code: RenewToken/);
    await expect(receiver.peekMessages(1)).rejects.toMatchObject({ code: "UnauthorizedAccess" });
    await expect(client.createReceiver("orders").receiveMessages(1)).rejects.toMatchObject({
      code: "UnauthorizedAccess",
    });
  } finally {
    await client.close();
    await aging.close();
  }
});

test("when a token has run out its links are cut; the client renews it and goes on sending, receiving and peeking", async () => {
  const clock = new MovableClock();
  // The client signs for an hour of real time, in whole seconds: to a broker whose clock is that much ahead, each token lives four seconds.
  clock.advance(3_596_000);
  let expired = 0;
  const log = (event: string): void => {
    if (event === "token-expired") expired++;
  };
  const aging = await startBroker({ ...AGING, clock, log });
  const client = new ServiceBusClient(aging.connectionString, {
    retryOptions: { retryDelayInMs: 50, timeoutInMs: 5_000 },
  });
  const received: unknown[] = [];
  const errors: string[] = [];
  try {
    const sender = client.createSender("orders");
    const peeker = client.createReceiver("orders");
    client.createReceiver("orders", { receiveMode: "receiveAndDelete" }).subscribe({
      processMessage: async ({ body }) => void received.push(body),
      processError: async ({ error }) => void errors.push(String(error)),
    });
    await sender.sendMessages({ body: "before" });
    await eventually("the first message", () => received.includes("before"));
    await peeker.peekMessages(1);
    await eventually("the end of the token", () => expired > 0);
    await sender.sendMessages({ body: "after" });
    expect(await peeker.peekMessages(1)).toBeInstanceOf(Array);
    await eventually("the message behind the cut", () => received.includes("after"));
    expect(received).toEqual(["before", "after"]);
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.filter((error) => !error.includes("force detached. Code: RenewToken"))).toEqual([]);
  } finally {
    await client.close();
    await aging.close();
  }
}, 60_000);

test("a token that was put anew before the old one ran out keeps its links", async () => {
  const clock = new MovableClock();
  const aging = await startBroker({ ...AGING, clock });
  const { connection, putToken, sending } = await rawClient(aging, clock);
  try {
    await putToken(60);
    const link = connection.open_sender({ name: "stays", target: { address: "orders" } });
    let closed: unknown = null;
    link.on("sender_close", () => {
      closed = (link.error as rhea.AmqpError).condition;
    });
    await once(link, "sendable");
    clock.advance(30_000);
    await putToken(60);
    clock.advance(40_000);
    expect(await sending("the old one's time is over")).toBeNull();
    expect(closed).toBeNull();
    clock.advance(30_000);
    await eventually("the end of the second", () => closed === "amqp:link:detach-forced");
  } finally {
    connection.close();
    await aging.close();
  }
});

/** A client of the AMQP library alone, which puts tokens of any life. */
async function rawClient(broker: RunningBroker, clock: MovableClock) {
  const connection = rhea.create_container().connect({
    host: "localhost",
    port: broker.amqpPort,
    username: "anonymous",
    reconnect: false,
  });
  const replies = connection.open_receiver({ source: { address: "$cbs" }, target: { address: "replies" } });
  const requests = connection.open_sender("$cbs");
  await once(requests, "sendable");
  return {
    connection,
    /** A token that lives so many seconds of the broker's time. */
    async putToken(seconds: number): Promise<void> {
      requests.send({
        message_id: "put",
        reply_to: "replies",
        application_properties: {
          operation: "put-token",
          type: "servicebus.windows.net:sastoken",
          name: "sb://localhost/orders",
        },
        body: signature("sb://localhost/orders", "all", "k", Math.floor(clock.now() / 1000) + seconds),
      });
      const [{ message }] = await once(replies, "message");
      expect(message.application_properties["status-code"]).toBe(202);
    },
    /** The condition that a new sending link is refused with; null when it is opened for use. */
    sending(name: string): Promise<unknown> {
      const link = connection.open_sender({ name, target: { address: "orders" } });
      return Promise.race([
        once(link, "sender_close").then(() => (link.error as rhea.AmqpError).condition),
        once(link, "sendable").then(() => null),
      ]);
    },
  };
}

function signature(resource: string, name: string, key: string, expiry: number): string {
  const encoded = encodeURIComponent(resource);
  const sig = createHmac("sha256", key).update(`${encoded}\n${expiry}`).digest("base64");
  return `SharedAccessSignature sr=${encoded}&sig=${encodeURIComponent(sig)}&se=${expiry}&skn=${name}`;
}
