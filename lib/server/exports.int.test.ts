import { beforeAll, expect, test } from "vitest";
import { makeQueue } from "@/lib/testing/dead-letter-factory";
import { makeSearchable } from "@/lib/testing/searchable-messages";
import { testDatabase } from "@/lib/testing/test-database";
import { type Call, webConsole } from "@/lib/testing/web-console";
import { ensureLocalAccounts } from "@/lib/usecases/people/ensure-local-accounts";

const database = await testDatabase();
const web = await webConsole(database);
const cookies = { operator: "" };
let queue = 0;

beforeAll(async () => {
  await ensureLocalAccounts({ store: web.store }, { operator: "operator" });
  cookies.operator = (await web.signIn("operator", "operator")).cookie ?? "";
  const made = await makeQueue(database, { entityPath: "orders" });
  await makeSearchable(database, made, [{ key: "1" }, { key: "2" }, { key: "3" }]);
  queue = made.id;
});

const send = (path: string, call: Call = {}) => web.send(path, { cookie: cookies.operator, ...call });
const recorded = async () =>
  (await database.query("SELECT 1 FROM audit_event WHERE action = 'messages.exported'")).length;

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
