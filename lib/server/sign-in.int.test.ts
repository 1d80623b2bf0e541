import { createHash } from "node:crypto";
import { NextRequest } from "next/server";
import { encode } from "next-auth/jwt";
import { beforeEach, describe, expect, test } from "vitest";
import { testDatabase } from "@/lib/testing/test-database";
import { webConsole } from "@/lib/testing/web-console";
import { ensureLocalAccounts } from "@/lib/usecases/people/ensure-local-accounts";

const database = await testDatabase();
const web = await webConsole(database);
const PASSWORD = "correct horse battery staple";
await ensureLocalAccounts({ store: web.store }, { operator: PASSWORD, viewer: PASSWORD });

beforeEach(() => database.query("DELETE FROM sign_in_throttle"));

const from = (address: string) => ({ "x-forwarded-for": address });
const events = (action: string) =>
  database.query<{ subject_id: string; actor_name: string; detail: Record<string, unknown> }>(
    "SELECT subject_id, actor_name, detail FROM audit_event WHERE action = $1 ORDER BY id DESC",
    [action],
  );
const statusWith = async (cookie: string | null) =>
  (await web.send("/api/session", cookie === null ? {} : { cookie })).status;

async function signedIn(): Promise<string> {
  const { cookie } = await web.signIn("operator", PASSWORD);
  expect(cookie).not.toBeNull();
  return cookie ?? "";
}

async function errorOf(response: Response): Promise<string | null> {
  const { url } = (await response.json()) as { url: string };
  return new URL(url).searchParams.get("error");
}

describe("passwords", () => {
  test("a wrong password and an unknown account get the same answer; each is recorded", async () => {
    const wrong = await web.signIn("operator", "not this");
    const unknown = await web.signIn("my password by mistake", "whatever");
    expect([wrong.cookie, unknown.cookie]).toEqual([null, null]);
    expect(await errorOf(wrong.response)).toBe("CredentialsSignin");
    expect(await errorOf(unknown.response)).toBe("CredentialsSignin");
    const [second, first] = await events("session.sign-in-failed");
    expect(first?.detail).toEqual({
      provider: "local",
      cause: "wrong password",
      address: "192.0.2.7",
      account: "operator",
    });
    // People type their password into the wrong field: what was typed there is not kept.
    expect(second).toMatchObject({ subject_id: "unknown", detail: { cause: "unknown account" } });
    expect(JSON.stringify(second)).not.toContain("my password");
  });

  test("an account name that no database could hold is an unknown one", async () => {
    expect(await errorOf((await web.signIn("oper\0ator", PASSWORD)).response)).toBe("CredentialsSignin");
  });

  test("R7: a sign-in opens a session together with its event, and no hash leaves the database", async () => {
    const cookie = await signedIn();
    const [event] = await events("session.signed-in");
    const [session] = await database.query<{ id: string }>("SELECT id FROM session ORDER BY started_at DESC LIMIT 1");
    expect(event).toMatchObject({ subject_id: session?.id, actor_name: "Otto Operator" });
    expect(await (await web.send("/api/session", { cookie })).text()).not.toContain("scrypt");
  });

  test("R7: no event, no sign-in", async () => {
    const before = await database.query("SELECT id FROM session");
    await database.query("ALTER TABLE audit_event ADD CONSTRAINT none CHECK (action <> 'session.signed-in') NOT VALID");
    const { response, cookie } = await web.signIn("operator", PASSWORD);
    await database.query("ALTER TABLE audit_event DROP CONSTRAINT none");
    expect(cookie).toBeNull();
    expect(await errorOf(response)).toBe("Unavailable");
    expect(await database.query("SELECT id FROM session")).toHaveLength(before.length);
  });

  test("a new password ends the sessions of the old one", async () => {
    const { cookie } = await web.signIn("viewer", PASSWORD);
    expect(await statusWith(cookie)).toBe(200);
    await ensureLocalAccounts({ store: web.store }, { viewer: "changed" });
    expect(await statusWith(cookie)).toBe(401);
    expect((await web.signIn("viewer", PASSWORD)).cookie).toBeNull();
    expect((await web.signIn("viewer", "changed")).cookie).not.toBeNull();
  });
});

describe("throttling", () => {
  test("an account that failed six times is held back, with the right password too; others are not", async () => {
    for (let n = 0; n < 6; n += 1) await web.signIn("operator", "wrong", from(`192.0.2.${n}`));
    // The first wait is a second or two, which a busy machine may sit out: it is made longer where there is one.
    const waits = await database.query<{ seconds: number }>(
      `UPDATE sign_in_throttle SET blocked_until = blocked_until + interval '1 minute'
       WHERE key LIKE 'account:%' AND blocked_until > attempted_at
       RETURNING extract(epoch FROM blocked_until - attempted_at)::float8 - 60 AS seconds`,
    );
    expect(waits).toHaveLength(1);
    expect(waits[0]?.seconds).toBeCloseTo(1, 0);
    const held = await web.signIn("operator", PASSWORD, from("192.0.2.99"));
    expect(held.cookie).toBeNull();
    expect(await errorOf(held.response)).toMatch(/^TooManyAttempts:\d+$/);
    expect((await web.signIn("viewer", "changed", from("192.0.2.99"))).cookie).not.toBeNull();
  });

  test("guesses side by side count before their passwords are looked at", async () => {
    const before = (await events("session.sign-in-failed")).length;
    // So many failures that the next one makes the others wait for a minute: longer than a busy machine takes for all twelve.
    const key = `account:${createHash("sha256").update("operator").digest("hex")}`;
    await database.query("INSERT INTO sign_in_throttle VALUES ($1, 20, now(), now())", [key]);
    await Promise.all(Array.from({ length: 12 }, (_, n) => web.signIn("operator", "wrong", from(`192.0.2.${n}`))));
    expect((await events("session.sign-in-failed")).length - before).toBe(1);
  });

  test("an address that tries many accounts is held back for all of them", async () => {
    await database.query(
      "INSERT INTO sign_in_throttle VALUES ('address:203.0.113.5', 30, now() + interval '10 minutes', now())",
    );
    const held = await web.signIn("operator", PASSWORD, from("198.51.100.1, 203.0.113.5"));
    expect(await errorOf(held.response)).toMatch(/^TooManyAttempts:(59\d|600)$/);
    expect((await web.signIn("operator", PASSWORD, from("203.0.113.6"))).cookie).not.toBeNull();
  });

  test("waits double up to a minute for an account; a success forgets them", async () => {
    await web.signIn("operator", "wrong");
    await database.query("UPDATE sign_in_throttle SET failures = 40 WHERE key LIKE 'account:%'");
    await web.signIn("operator", "wrong");
    const held = await web.signIn("operator", PASSWORD);
    expect(await errorOf(held.response)).toMatch(/^TooManyAttempts:(5\d|60)$/);
    await database.query("UPDATE sign_in_throttle SET blocked_until = now()");
    await signedIn();
    expect(await database.query("SELECT key FROM sign_in_throttle")).toEqual([]);
  });
});

describe("sessions", () => {
  test("signing out ends the session for every copy of its token", async () => {
    const cookie = await signedIn();
    const csrf = await web.send("/api/auth/csrf", { cookie });
    const { csrfToken } = (await csrf.json()) as { csrfToken: string };
    await web.send("/api/auth/signout", {
      method: "POST",
      cookie: `${cookie}; ${csrf.headers.getSetCookie()[0]?.split(";")[0]}`,
      body: new URLSearchParams({ csrfToken, json: "true" }),
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    expect(await statusWith(cookie)).toBe(401);
    expect(await events("session.signed-out")).toHaveLength(1);
  });

  test("a disabled person is out at once, and does not come in again", async () => {
    const cookie = await signedIn();
    await database.query("UPDATE person SET disabled_at = now() WHERE subject = 'operator'");
    expect(await statusWith(cookie)).toBe(401);
    expect(await errorOf((await web.signIn("operator", PASSWORD)).response)).toBe("CredentialsSignin");
    await database.query("UPDATE person SET disabled_at = NULL WHERE subject = 'operator'");
    expect((await events("session.sign-in-failed"))[0]?.detail).toMatchObject({ cause: "disabled" });
  });

  test("a session is over after twelve hours, however busy", async () => {
    const cookie = await signedIn();
    await database.query("UPDATE session SET started_at = now() - interval '12 hours 1 second'");
    expect(await statusWith(cookie)).toBe(401);
  });

  test("a session is over two hours after the last act; reading in the background is none", async () => {
    const cookie = await signedIn();
    const age = () =>
      database.query<{ age: number }>(
        "SELECT extract(epoch FROM now() - seen_at)::int AS age FROM session ORDER BY started_at DESC LIMIT 1",
      );
    await database.query("UPDATE session SET seen_at = now() - interval '1 hour'");
    expect(await statusWith(cookie)).toBe(200);
    expect((await age())[0]?.age).toBeGreaterThan(3500);
    await web.send("/api/replays", { method: "POST", cookie, json: {} });
    expect((await age())[0]?.age).toBeLessThan(60);
    await database.query("UPDATE session SET seen_at = now() - interval '2 hours 1 second'");
    expect(await statusWith(cookie)).toBe(401);
  });

  test("a token that was altered, or sealed with another secret, or names another session, opens nothing", async () => {
    const cookie = await signedIn();
    const [name = "", token = ""] = cookie.split("=");
    const middle = Math.floor(token.length / 2);
    const altered = `${token.slice(0, middle)}${token[middle] === "A" ? "B" : "A"}${token.slice(middle + 1)}`;
    const foreign = await encode({ token: { sid: "x" }, secret: "another secret of thirty-two characters" });
    const made = (claims: Record<string, unknown>) =>
      encode({ token: claims, secret: process.env.NEXTAUTH_SECRET ?? "" });
    const tokens = [
      altered,
      foreign,
      "nonsense",
      "",
      await made({}),
      await made({ sid: "3f0e9a44-5f0e-4b52-9d7c-6a0a2b1c9d10" }),
    ];
    for (const one of tokens) expect(await statusWith(`${name}=${one}`)).toBe(401);
  });

  test("the proxy leads a page without a session to the sign-in and back, and an API call to 401", async () => {
    const page = await web.send("/queues/7?age=1h");
    expect(page.status).toBe(307);
    expect(page.headers.get("location")).toBe("http://console.test/sign-in?callbackUrl=%2Fqueues%2F7%3Fage%3D1h");
    expect((await web.send("/api/overview")).status).toBe(401);
    expect((await web.send("/api/no-such-route")).status).toBe(401);
    expect((await web.send("/api/health")).status).toBe(200);
  });

  test("the proxy names the type of polled answers, which the server then compresses, and of no others", async () => {
    const { proxy } = await import("../../proxy");
    const cookie = await signedIn();
    const typeOf = async (path: string) => {
      const answer = await proxy(new NextRequest(`http://console.test${path}`, { headers: { cookie } }));
      expect(answer.headers.get("x-middleware-next")).toBe("1");
      return answer.headers.get("content-type");
    };
    for (const path of ["/api/overview", "/api/queues/7", "/api/causes/12", "/api/dead-letters?queue=7"])
      expect(await typeOf(path)).toBe("application/json");
    for (const path of ["/", "/queues/7", "/api/exports?format=csv", "/api/dead-letters/7/download", "/api/overviews"])
      expect(await typeOf(path)).toBeNull();
  });
});
