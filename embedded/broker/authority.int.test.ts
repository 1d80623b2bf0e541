import { createHmac } from "node:crypto";
import { ServiceBusClient, ServiceBusError } from "@azure/service-bus";
import { afterAll, expect, test } from "vitest";
import { Authority } from "./amqp/authority";
import { startBroker } from "./start-broker";

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
  expect(() => rights.demand("Send", "orders")).not.toThrow();
  expect(() => rights.demand("Send", "orders2")).toThrow(/claim/);
  expect(() => rights.demand("Manage", "orders")).toThrow(/claim/);
});

function signature(resource: string, name: string, key: string, expiry: number): string {
  const encoded = encodeURIComponent(resource);
  const sig = createHmac("sha256", key).update(`${encoded}\n${expiry}`).digest("base64");
  return `SharedAccessSignature sr=${encoded}&sig=${encodeURIComponent(sig)}&se=${expiry}&skn=${name}`;
}
