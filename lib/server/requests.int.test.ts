import { beforeAll, describe, expect, test } from "vitest";
import { testDatabase } from "@/lib/testing/test-database";
import { type Call, webConsole } from "@/lib/testing/web-console";
import { ensureLocalAccounts } from "@/lib/usecases/people/ensure-local-accounts";

const database = await testDatabase();
const web = await webConsole(database);
let cookie = "";

beforeAll(async () => {
  await ensureLocalAccounts({ store: web.store }, { admin: "admin" });
  cookie = (await web.signIn("admin", "admin")).cookie ?? "";
});

const send = (path: string, call: Call = {}) => web.send(path, { cookie, ...call });
const errorIn = async (response: Response) =>
  (
    (await response.json()) as {
      error: { code: string; message: string; fields?: Record<string, string>; requestId: string };
    }
  ).error;

describe("requests from other sites (CSRF)", () => {
  const plan = { method: "POST", json: { rate: 1 } };

  test.each([
    ["a page of another site", { "sec-fetch-site": "cross-site", origin: "https://evil.example" }],
    ["a page of a sibling host", { "sec-fetch-site": "same-site", origin: "http://other.test" }],
    ["a link or the address bar", { "sec-fetch-site": "none", origin: null }],
    ["an old browser on another site", { "sec-fetch-site": null, origin: "https://evil.example" }],
    ["an old browser in a sandboxed frame", { "sec-fetch-site": null, origin: "null" }],
    ["a client that names no origin", { "sec-fetch-site": null, origin: null }],
  ])("%s cannot change anything", async (_, headers) => {
    const response = await send("/api/replays", { ...plan, headers });
    expect(response.status).toBe(403);
    expect((await errorIn(response)).code).toBe("forbidden");
  });

  test.each([
    ["our own page", {}],
    ["an old browser, or a client that names our origin", { "sec-fetch-site": null }],
  ])("%s can", async (_, headers) => {
    expect((await send("/api/replays", { ...plan, headers })).status).toBe(400);
  });

  test("another site cannot make a browser look at a payload either; the address bar can", async () => {
    const path = "/api/dead-letters/1/payload";
    expect((await send(path, { headers: { "sec-fetch-site": "cross-site" } })).status).toBe(403);
    expect((await send(path, { headers: { "sec-fetch-site": "none" } })).status).toBe(404);
  });

  test("another site cannot sign somebody in, nor can a form without its token", async () => {
    expect((await web.signIn("admin", "admin", { "sec-fetch-site": "cross-site" })).response.status).toBe(403);
    const response = await web.send("/api/auth/callback/credentials", {
      method: "POST",
      body: new URLSearchParams({ account: "admin", password: "admin", json: "true" }),
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    expect(response.headers.getSetCookie().join()).not.toContain("dlq-console.session=");
  });
});

describe("bodies", () => {
  test.each([
    ["no JSON", "{", "application/json"],
    ["no UTF-8", Buffer.from([0x22, 0xff, 0x22]), "application/json"],
    ["nothing at all", "", "application/json"],
    ["a form", "rate=1", "application/x-www-form-urlencoded"],
    ["text that looks like JSON", "{}", "text/plain"],
  ])("%s is refused", async (_, body, type) => {
    const response = await send("/api/replays", { method: "POST", body, headers: { "content-type": type } });
    expect(response.status).toBe(400);
    expect((await errorIn(response)).code).toBe("invalid-input");
  });

  test("a NUL, which the database cannot keep as text, is named by its field", async () => {
    const json = { planHash: "0".repeat(64), reason: "abc\u0000def", ticket: "\u0000" };
    const path = "/api/replays/3f0e9a44-5f0e-4b52-9d7c-6a0a2b1c9d10/start";
    const response = await send(path, { method: "POST", json });
    expect(response.status).toBe(400);
    expect(Object.keys((await errorIn(response)).fields ?? {})).toEqual(["reason", "ticket"]);
  });

  test("what does not fit is named by its field, and its value is not repeated", async () => {
    const json = { selection: { kind: "dead-letters", queue: 1, ids: ["secret-value"] }, rate: -5, extra: 1 };
    const error = await errorIn(await send("/api/replays", { method: "POST", json }));
    expect(error.code).toBe("invalid-input");
    expect(Object.keys(error.fields ?? {})).toEqual(expect.arrayContaining(["selection.ids.0", "rate"]));
    expect(JSON.stringify(error)).not.toContain("secret-value");
  });

  test("characters that cannot be kept are refused by their field", async () => {
    const change = (value: string) => ({
      baseVersion: 0,
      body: null,
      properties: [{ name: "a", set: { type: "string", value } }],
    });
    for (const value of ["a\0b", "\ud800"]) {
      const response = await send("/api/dead-letters/1/edit", { method: "PUT", json: change(value) });
      expect(response.status).toBe(400);
    }
    expect((await send("/api/audit?actor=a%00b")).status).toBe(400);
  });

  test("a body over 5 MiB is refused, whether it says its length or not", async () => {
    const large = "x".repeat(5 * 1024 * 1024 + 1);
    const stream = () =>
      new ReadableStream({
        start(controller) {
          for (let n = 0; n < 6; n += 1) controller.enqueue(new TextEncoder().encode("x".repeat(1024 * 1024)));
          controller.close();
        },
      });
    const headers = { "content-type": "application/json" };
    expect((await send("/api/replays", { method: "POST", body: large, headers })).status).toBe(413);
    expect((await send("/api/replays", { method: "POST", body: stream(), headers })).status).toBe(413);
    expect(
      (await web.send("/api/auth/callback/credentials", { method: "POST", body: "x".repeat(20_000) })).status,
    ).toBe(413);
  });
});

describe("ids and queries", () => {
  test.each([
    ["/api/queues/0", 400],
    ["/api/queues/one", 400],
    ["/api/queues/99999999999", 400],
    ["/api/queues/4711", 404],
    ["/api/causes/abc", 400],
    ["/api/causes/9223372036854775808", 400],
    ["/api/causes/9223372036854775807", 404],
    ["/api/dead-letters/1e3", 400],
    ["/api/dead-letters/%27%3B--", 400],
    ["/api/dead-letters/4711", 404],
    ["/api/dead-letters/4711/payload", 404],
    ["/api/dead-letters?queue=x", 400],
    ["/api/dead-letters?queue=1&limit=100000", 400],
    ["/api/dead-letters?queue=1&cursor=bm8", 400],
    ["/api/replays/not-a-uuid", 400],
    ["/api/replays/3f0e9a44-5f0e-4b52-9d7c-6a0a2b1c9d10", 404],
    ["/api/replays?cursor=bm8", 400],
    ["/api/replays?cursor=2026-99-99T00:00:00.000Z_3f0e9a44-5f0e-4b52-9d7c-6a0a2b1c9d10", 400],
    ["/api/replays/3f0e9a44-5f0e-4b52-9d7c-6a0a2b1c9d10/items?cursor=bm8", 400],
    ["/api/audit?cursor=abc", 400],
    ["/api/audit?actor=%00", 400],
    ["/api/dead-letters?queue=1&reason=%00", 400],
    ["/api/replays?cursor=%00", 400],
    ["/api/audit?since=yesterday", 400],
    ["/api/audit?action=nothing", 400],
  ])("%s answers %i with words", async (path, status) => {
    const response = await send(path);
    expect(response.status).toBe(status);
    expect((await errorIn(response)).message).toMatch(/^[A-Z].*\.$/);
  });
});

describe("answers", () => {
  test("are never kept by a cache, and name their log line", async () => {
    const response = await send("/api/overview");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("an error that nobody foresaw reveals nothing but its request id", async () => {
    await database.query("ALTER TABLE audit_event RENAME TO gone");
    const response = await send("/api/audit");
    await database.query("ALTER TABLE gone RENAME TO audit_event");
    expect(response.status).toBe(500);
    const error = await errorIn(response);
    expect(error).toMatchObject({ code: "internal", requestId: response.headers.get("x-request-id") });
    expect(JSON.stringify(error)).not.toMatch(/audit_event|relation|SELECT|prisma/i);
  });
});
