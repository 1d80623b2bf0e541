import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type APIRequestContext, request as requests } from "@playwright/test";
import { overview } from "../lib/contracts/queues";
import { expect, test } from "./fixtures";
import type { StackUnderTest } from "./stack";
import { startStack } from "./start-stack";

/** A client that is signed in as the operator, with what the pages ask for. */
async function signedIn(stack: StackUnderTest): Promise<APIRequestContext> {
  const client = await requests.newContext({ baseURL: stack.url, extraHTTPHeaders: { origin: stack.url } });
  const { csrfToken } = await (await client.get("/api/auth/csrf")).json();
  const form = { csrfToken, account: "operator", password: stack.passwords.operator, json: "true" };
  expect((await client.post("/api/auth/callback/credentials", { form })).ok()).toBe(true);
  return client;
}

const json = async (client: APIRequestContext, path: string) => {
  const response = await client.get(path);
  expect(response.ok(), `${path} answers ${response.status()}`).toBe(true);
  return response.json();
};

/** Enqueued time of the oldest letter of each queue that has one: live traffic adds younger ones only. */
async function oldest(client: APIRequestContext): Promise<Record<string, string>> {
  const { queues } = overview.parse(await json(client, "/api/overview"));
  return Object.fromEntries(
    queues.flatMap(({ entityPath, oldestEnqueuedAt }) => (oldestEnqueuedAt ? [[entityPath, oldestEnqueuedAt]] : [])),
  );
}

const walkedSince = (answer: unknown, time: string) =>
  overview.parse(answer).queues.every(({ scan }) => scan.walkedAt !== null && scan.walkedAt > time);

/** Replays three letters of orders to the end; what is to be found again after a restart. */
async function replayThree(stack: StackUnderTest) {
  const client = await signedIn(stack);
  await expect.poll(async () => (await oldest(client)).orders ?? null, { timeout: 30_000 }).not.toBeNull();
  const { queues } = overview.parse(await json(client, "/api/overview"));
  const orders = queues.find(({ entityPath }) => entityPath === "orders");
  const planned = await client.post("/api/replays", {
    data: { selection: { kind: "filter", filter: { queue: orders?.id }, first: 3 }, rate: 20 },
  });
  const { id, planHash } = await planned.json();
  const started = await client.post(`/api/replays/${id}/start`, { data: { planHash, reason: "before the restart" } });
  expect(started.ok()).toBe(true);
  await expect
    .poll(async () => (await json(client, `/api/replays/${id}`)).replay.state, { timeout: 60_000 })
    .toBe("completed");
  const audit: unknown[] = (await json(client, `/api/audit?replay=${id}`)).items;
  expect(audit.length).toBeGreaterThan(2);
  const { orders: _replayed, ...oldestOfOthers } = await oldest(client);
  await client.dispose();
  return { id, audit, oldestOfOthers };
}

test.describe("FEATURE: starting again", () => {
  test.setTimeout(180_000);

  test("RULE: accounts, dead letters, replays and the audit are there after a restart, and nothing is left running between", async () => {
    const data = await mkdtemp(join(tmpdir(), "dlq-console-restart-"));
    try {
      const first = await startStack(data);
      const made = await replayThree(first.stack).finally(first.stop);
      await expect(fetch(`${first.stack.url}/api/health`)).rejects.toThrow();
      await expect(fetch(`${first.stack.sampleUrl}/consumers`)).rejects.toThrow();

      const restartedAt = new Date().toISOString();
      const second = await startStack(data);
      try {
        expect(second.stack.passwords).toEqual(first.stack.passwords);
        const client = await signedIn(second.stack);
        const { replay } = await json(client, `/api/replays/${made.id}`);
        expect(replay).toMatchObject({ state: "completed", reason: "before the restart", total: 3 });
        const kept = (await json(client, `/api/audit?replay=${made.id}`)).items;
        // What came back meanwhile adds events; none is missing or another one.
        expect(kept).toEqual(expect.arrayContaining(made.audit));
        // The broker kept its messages, too: walked through anew, every other queue has the oldest letter that it had.
        await expect
          .poll(async () => walkedSince(await json(client, "/api/overview"), restartedAt), { timeout: 60_000 })
          .toBe(true);
        expect(await oldest(client)).toMatchObject(made.oldestOfOthers);
        await client.dispose();
      } finally {
        await second.stop();
      }
    } finally {
      await rm(data, { recursive: true, force: true });
    }
  });
});
