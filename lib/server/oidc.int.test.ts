import { beforeEach, describe, expect, test } from "vitest";
import { oidcIssuer } from "@/lib/testing/oidc-issuer";
import { testDatabase } from "@/lib/testing/test-database";
import { cookiesOf, webConsole } from "@/lib/testing/web-console";

const issuer = await oidcIssuer({ id: "dlq-console", secret: "client-secret" });
const database = await testDatabase();
const web = await webConsole(database, {
  auth: {
    oidc: {
      issuer: issuer.url,
      clientId: "dlq-console",
      clientSecretVariable: "OIDC_SECRET",
      roleClaim: "groups",
      roleMap: { "messaging-ops": "operator", "messaging-audit": "auditor" },
    },
  },
  env: { OIDC_SECRET: "client-secret" },
});

const OLGA = { sub: "olga-1", name: "Olga Ops", email: "Olga@example.org", groups: ["messaging-ops", "football"] };

beforeEach(() => {
  issuer.claims = OLGA;
  issuer.spoil = "nothing";
});

/** Leaves for the provider: the address that the console leads to, and the cookies that bind the answer to this browser. */
async function leave(): Promise<{ address: string; cookie: string }> {
  const csrf = await web.send("/api/auth/csrf");
  const { csrfToken } = (await csrf.json()) as { csrfToken: string };
  const response = await web.send("/api/auth/signin/oidc", {
    method: "POST",
    cookie: cookiesOf(csrf),
    body: new URLSearchParams({ csrfToken, callbackUrl: "/queues/3", json: "true" }),
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });
  const { url } = (await response.json()) as { url: string };
  return { address: url, cookie: `${cookiesOf(csrf)}; ${cookiesOf(response)}` };
}

/** Comes back from the provider, as the browser's navigation does. */
async function comeBack(address: string, cookie: string): Promise<{ location: string; session: string | null }> {
  const { pathname, search } = new URL(address);
  const response = await web.send(`${pathname}${search}`, {
    cookie,
    headers: { "sec-fetch-site": "cross-site", origin: null },
  });
  const session = /dlq-console\.session=[^;]+/.exec(cookiesOf(response))?.[0] ?? null;
  return { location: response.headers.get("location") ?? "", session };
}

async function signIn(): Promise<{ location: string; session: string | null }> {
  const { address, cookie } = await leave();
  return comeBack(issuer.approve(address), cookie);
}

const whoIs = async (session: string | null) =>
  (await (await web.send("/api/session", { cookie: session ?? "" })).json()) as Record<string, unknown>;

describe("OpenID Connect", () => {
  test("the console asks with state, nonce and PKCE, and proves the verifier at the exchange", async () => {
    const { address, cookie } = await leave();
    const asked = new URL(address);
    expect(asked.origin + asked.pathname).toBe(`${issuer.url}/authorize`);
    expect(Object.fromEntries(asked.searchParams)).toMatchObject({
      client_id: "dlq-console",
      redirect_uri: "http://console.test/api/auth/callback/oidc",
      response_type: "code",
      scope: "openid profile email",
      code_challenge_method: "S256",
      state: expect.stringMatching(/.{20}/),
      nonce: expect.stringMatching(/.{20}/),
    });
    const { location, session } = await comeBack(issuer.approve(address), cookie);
    expect(location).toBe("http://console.test/queues/3");
    expect(session).not.toBeNull();
    expect(issuer.exchanges.at(-1)?.verifier).toMatch(/^.{43,128}$/);
  });

  test("a person gets the roles that their claims are mapped to, and becomes one row however often they come", async () => {
    const { session } = await signIn();
    expect(await whoIs(session)).toMatchObject({ person: { name: "Olga Ops" }, roles: ["operator"] });
    await signIn();
    const people = await database.query<{ subject: string }>("SELECT subject FROM person");
    expect(people).toEqual([{ subject: `${issuer.url} olga-1` }]);
    const created = await database.query("SELECT detail FROM audit_event WHERE action = 'person.created'");
    expect(created).toHaveLength(1);
  });

  test("roles follow the claims of the newest sign-in, for sessions that run too", async () => {
    const { session } = await signIn();
    issuer.claims = { ...OLGA, groups: "messaging-audit" };
    await signIn();
    expect(await whoIs(session)).toMatchObject({ roles: ["auditor"] });
  });

  test.each([
    ["no group that is mapped", ["football"]],
    ["a group named like something every object has", ["constructor", "__proto__"]],
    ["the name of a role, which no mapping names", ["admin"]],
    ["groups of another shape", { admin: true }],
    ["no claim at all", undefined],
  ])("%s: signed in, and allowed nothing", async (_, groups) => {
    issuer.claims = { ...OLGA, groups };
    const { session } = await signIn();
    expect(await whoIs(session)).toMatchObject({ roles: [], permissions: [] });
    expect((await web.send("/api/overview", { cookie: session ?? "" })).status).toBe(403);
  });

  test("another subject is another person, whatever the name and the address say", async () => {
    issuer.claims = { ...OLGA, sub: "mallory", groups: [] };
    const { session } = await signIn();
    expect(await whoIs(session)).toMatchObject({ person: { name: "Olga Ops" }, roles: [] });
  });

  test.each([
    "nonce",
    "audience",
    "issuer",
    "signature",
    "expired",
  ] as const)("an id token with a wrong %s signs nobody in", async (spoil) => {
    issuer.spoil = spoil;
    const { location, session } = await signIn();
    expect(session).toBeNull();
    expect(location).toContain("error=OAuthCallback");
  });

  test("an answer that this browser did not ask for signs nobody in", async () => {
    const mine = await leave();
    const theirs = await leave();
    expect((await comeBack(issuer.approve(theirs.address), mine.cookie)).session).toBeNull();
    expect((await comeBack(issuer.approve(mine.address), "")).session).toBeNull();
  });

  test("after the sign-in nobody is led to another site", async () => {
    const csrf = await web.send("/api/auth/csrf");
    const { csrfToken } = (await csrf.json()) as { csrfToken: string };
    const response = await web.send("/api/auth/signin/oidc", {
      method: "POST",
      cookie: cookiesOf(csrf),
      body: new URLSearchParams({ csrfToken, callbackUrl: "https://evil.example/", json: "true" }),
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    const { url } = (await response.json()) as { url: string };
    const back = await comeBack(issuer.approve(url), `${cookiesOf(csrf)}; ${cookiesOf(response)}`);
    expect(back.location).toBe("http://console.test");
  });

  test("a disabled person is told so, and the attempt is recorded", async () => {
    const { session } = await signIn();
    await database.query("UPDATE person SET disabled_at = now() WHERE subject LIKE '%olga-1'");
    expect(await whoIs(session)).toMatchObject({ error: { code: "not-signed-in" } });
    const again = await signIn();
    expect(again).toEqual({ location: "/sign-in?error=Disabled", session: null });
    const failed = await database.query("SELECT detail FROM audit_event WHERE action = 'session.sign-in-failed'");
    expect(failed).toHaveLength(1);
  });

  test("without local accounts no password is looked at", async () => {
    const { cookie } = await web.signIn("admin", "admin");
    expect(cookie).toBeNull();
  });
});
