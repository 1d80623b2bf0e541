import { beforeAll, describe, expect, test } from "vitest";
import { MAX_EXPORTED } from "@/lib/contracts/exports";
import { makeQueue } from "@/lib/testing/dead-letter-factory";
import { makeSearchable } from "@/lib/testing/searchable-messages";
import { testDatabase } from "@/lib/testing/test-database";
import { type Call, webConsole } from "@/lib/testing/web-console";
import { ensureLocalAccounts } from "@/lib/usecases/people/ensure-local-accounts";

const database = await testDatabase();
const web = await webConsole(database);
const cookies = { operator: "", viewer: "" };
let queue = 0;

beforeAll(async () => {
  await ensureLocalAccounts({ store: web.store }, { operator: "operator", viewer: "viewer" });
  for (const account of ["operator", "viewer"] as const) {
    cookies[account] = (await web.signIn(account, account)).cookie ?? "";
  }
  const made = await makeQueue(database, { entityPath: "orders" });
  await makeSearchable(database, made, [{ key: "1" }, { key: "2" }, { key: "3" }]);
  queue = made.id;
});

const send = (path: string, call: Call = {}) => web.send(path, { cookie: cookies.operator, ...call });
const recorded = async () =>
  (await database.query("SELECT 1 FROM audit_event WHERE action = 'messages.exported'")).length;
const errorIn = async (response: Response) =>
  ((await response.json()) as { error: { code: string; message: string } }).error;

describe("asking whether an export would be made", () => {
  test("answers how many it would hold, and records nothing", async () => {
    const before = await recorded();
    const answer = await send(`/api/exports/check?queue=${queue}&format=csv&content=payloads`);
    expect(await answer.json()).toEqual({ messages: 3, messagesAre: "exact" });
    expect(await recorded()).toBe(before);
  });

  test("does not evaluate a filter where no more lie than a file holds, and does where more lie", async () => {
    const ask = async () => (await send(`/api/exports/check?queue=${queue}&q=key%20%3D%202`)).json();
    expect(await ask()).toEqual({ messages: 3, messagesAre: "at-most" });
    const lie = (more: number) =>
      database.query(
        `INSERT INTO cause_delta (cause_id, minute, seen_hour, present, returned, seen)
         SELECT id, now(), now(), $2, 0, 0 FROM cause WHERE queue_id = $1 LIMIT 1`,
        [queue, more],
      );
    await lie(MAX_EXPORTED);
    expect(await ask()).toEqual({ messages: 1, messagesAre: "exact" });
    await lie(-MAX_EXPORTED);
  });

  test.each([
    ["payloads, to a viewer", "&content=payloads", "viewer", 403],
    ["a filter about payloads, to a viewer", "&q=body%20~%20a", "viewer", 403],
    ["a filter that cannot be read", "&q=size%20%3E", "operator", 400],
    ["a format that there is not", "&format=xml", "operator", 400],
  ] as const)("%s, is refused as the export is, with the same words", async (_, query, account, status) => {
    const ask = (path: string) => send(`${path}?queue=${queue}${query}`, { cookie: cookies[account] });
    const asked = await ask("/api/exports/check");
    expect(asked.status).toBe(status);
    const made = await ask("/api/exports");
    expect(made.status).toBe(status);
    const { code, message } = await errorIn(asked);
    expect(message).not.toBe("");
    expect(await errorIn(made)).toMatchObject({ code, message });
  });

  test("while as many downloads as may be are under way, it says so; when one ends there is room", async () => {
    const path = `/api/exports?queue=${queue}`;
    const underWay = await Promise.all(Array.from({ length: 4 }, () => send(path)));
    const before = await recorded();
    const asked = await send(`/api/exports/check?queue=${queue}`);
    expect(asked.status).toBe(429);
    expect((await errorIn(asked)).message).toContain("Try again when one has ended");
    expect((await send(path)).status).toBe(429);
    expect(await recorded(), "exports that were not made").toBe(before);
    await underWay[0]?.body?.cancel();
    expect((await send(`/api/exports/check?queue=${queue}`)).status).toBe(200);
    for (const response of underWay.slice(1)) await response.body?.cancel();
  });
});

test("a refused export that a browser opens is a page of words, for whoever stands before it", async () => {
  const response = await send(`/api/exports?queue=${queue}&q=size%20%3E`, {
    headers: { "sec-fetch-mode": "navigate" },
  });
  expect(response.status).toBe(400);
  expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  const text = await response.text();
  expect(text).toMatch(/^[A-Z].*\.\n/);
  expect(text).toContain("Go back to return to the console.");
  expect(text).toContain(response.headers.get("x-request-id"));
});

test("R7: a HEAD of what its GET records is refused, and nothing is recorded", async () => {
  const path = `/api/exports?queue=${queue}`;
  const before = await recorded();
  const head = await send(path, { method: "HEAD" });
  expect([head.status, head.headers.get("allow"), await head.text()]).toEqual([405, "GET", ""]);
  expect(await recorded()).toBe(before);
  await (await send(path)).text();
  expect(await recorded()).toBe(before + 1);
  expect((await web.send(path, { method: "HEAD" })).status, "without a session").toBe(401);
});
