import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { type Permission, ROLE_PERMISSIONS, ROLES, type Role } from "@/lib/domain/permissions";
import { testDatabase } from "@/lib/testing/test-database";
import { findRoutes, webConsole } from "@/lib/testing/web-console";
import { ensureLocalAccounts } from "@/lib/usecases/people/ensure-local-accounts";

const database = await testDatabase();
const web = await webConsole(database);
const cookies = new Map<Role, string>();

interface Row {
  readonly method: string;
  readonly path: string;
  readonly needs: Permission;
  readonly may: readonly Role[];
  readonly body?: unknown;
}

const EVERYBODY = ["viewer", "operator", "approver", "auditor", "admin"] as const;
const REPLAY = "/api/replays/3f0e9a44-5f0e-4b52-9d7c-6a0a2b1c9d10";
const SAVED_FILTER = "/api/saved-filters/3f0e9a44-5f0e-4b52-9d7c-6a0a2b1c9d10";
const GROUP_EDIT = "/api/group-edits/3f0e9a44-5f0e-4b52-9d7c-6a0a2b1c9d10";
const PLAN = { selection: { kind: "dead-letters", queue: 1, ids: ["1"] }, rate: 5 };
const START = { planHash: "0".repeat(64), reason: "as the test says" };
const RULE = { queue: 1, field: "reason", operator: "equals", pattern: "Failed", title: "as the test says" };
const POLICY = {
  version: 0,
  reason: "a test",
  policy: {
    maxRate: null,
    approval: "never",
    approvalOver: null,
    protected: false,
    deduplicatesBy: null,
    businessKey: null,
    doubtPolicy: "hold",
    healthUrl: null,
    backlogBound: null,
    stamps: true,
    quietHours: null,
  },
};
const EDIT = { baseVersion: 0, body: null, properties: [] };

/** Every route, what it needs, and who has that: written out, so that a change to the roles must be made twice. */
const MATRIX: readonly Row[] = [
  { method: "GET", path: "/api/overview", needs: "queues.read", may: EVERYBODY },
  { method: "GET", path: "/api/queues/1", needs: "queues.read", may: EVERYBODY },
  { method: "GET", path: "/api/causes/1", needs: "queues.read", may: EVERYBODY },
  ...[
    { method: "PATCH", path: "/api/causes/1", body: { version: 0, state: "acknowledged" } },
    { method: "POST", path: "/api/causes/1/merge", body: { into: "2" } },
    { method: "POST", path: "/api/causes/1/unmerge" },
    { method: "POST", path: "/api/causes/1/comments", body: { text: "as the test says" } },
    { method: "POST", path: "/api/cause-rules", body: { ...RULE, cause: "1" } },
    { method: "POST", path: "/api/cause-rules/preview", body: { ...RULE, cause: "1" } },
    { method: "DELETE", path: "/api/cause-rules/1" },
    { method: "PUT", path: "/api/reason-runbooks", body: { reason: "Failed", runbook: null } },
    { method: "PUT", path: "/api/reason-owners", body: { reason: "Failed", ownerId: null } },
    { method: "POST", path: "/api/reason-comments", body: { reason: "Failed", text: "as the test says" } },
  ].map((row) => ({ ...row, needs: "causes.write", may: ["operator", "admin"] }) as const),
  {
    method: "GET",
    path: "/api/cause-rules?queue=1",
    needs: "payloads.read",
    may: ["operator", "approver", "admin"],
  },
  { method: "GET", path: "/api/dead-letters?queue=1", needs: "queues.read", may: EVERYBODY },
  { method: "GET", path: "/api/dead-letters/by-queue", needs: "queues.read", may: EVERYBODY },
  { method: "GET", path: "/api/comparison?queue=1", needs: "queues.read", may: EVERYBODY },
  ...[
    {
      method: "POST",
      path: "/api/group-edits",
      body: {
        selection: { kind: "dead-letters", queue: 1, ids: ["1"] },
        change: { body: [], properties: [{ name: "a", remove: true }] },
      },
    },
    { method: "GET", path: GROUP_EDIT },
    { method: "DELETE", path: GROUP_EDIT },
    { method: "POST", path: `${GROUP_EDIT}/save`, body: { reason: "a test" } },
  ].map((row) => ({ ...row, needs: "edits.write", may: ["operator", "admin"] }) as const),
  { method: "GET", path: `${GROUP_EDIT}/samples`, needs: "payloads.read", may: ["operator", "approver", "admin"] },
  { method: "GET", path: "/api/exports?queue=1", needs: "queues.read", may: EVERYBODY },
  { method: "GET", path: "/api/exports/check?queue=1", needs: "queues.read", may: EVERYBODY },
  { method: "GET", path: "/api/saved-filters", needs: "queues.read", may: EVERYBODY },
  {
    method: "POST",
    path: "/api/saved-filters",
    needs: "queues.read",
    may: EVERYBODY,
    body: { name: "as the test says", filter: {} },
  },
  { method: "PATCH", path: SAVED_FILTER, needs: "queues.read", may: EVERYBODY, body: {} },
  { method: "DELETE", path: SAVED_FILTER, needs: "queues.read", may: EVERYBODY },
  { method: "GET", path: "/api/dead-letters/1", needs: "queues.read", may: EVERYBODY },
  {
    method: "GET",
    path: "/api/dead-letters/1/payload",
    needs: "payloads.read",
    may: ["operator", "approver", "admin"],
  },
  {
    method: "GET",
    path: "/api/dead-letters/1/content-fetch",
    needs: "payloads.read",
    may: ["operator", "approver", "admin"],
  },
  { method: "PUT", path: "/api/dead-letters/1/edit", needs: "edits.write", may: ["operator", "admin"], body: EDIT },
  { method: "DELETE", path: "/api/dead-letters/1/edit?version=1", needs: "edits.write", may: ["operator", "admin"] },
  { method: "GET", path: "/api/confirm-tokens", needs: "settings.write", may: ["admin"] },
  {
    method: "POST",
    path: "/api/confirm-tokens",
    needs: "settings.write",
    may: ["admin"],
    body: { namespace: "nowhere", name: "orders" },
  },
  {
    method: "DELETE",
    path: `/api/confirm-tokens/${REPLAY.split("/").at(-1)}`,
    needs: "settings.write",
    may: ["admin"],
  },
  { method: "GET", path: "/api/targets?queue=1", needs: "replays.plan", may: ["operator", "admin"] },
  { method: "GET", path: "/api/replays", needs: "replays.read", may: EVERYBODY },
  {
    method: "POST",
    path: "/api/discards",
    needs: "replays.plan",
    may: ["operator", "admin"],
    body: { selection: { kind: "dead-letters", queue: 1, ids: ["1"] }, rate: 5 },
  },
  { method: "POST", path: "/api/replays", needs: "replays.plan", may: ["operator", "admin"], body: PLAN },
  { method: "GET", path: REPLAY, needs: "replays.read", may: EVERYBODY },
  { method: "GET", path: `${REPLAY}/items`, needs: "replays.read", may: EVERYBODY },
  { method: "POST", path: `${REPLAY}/start`, needs: "replays.control", may: ["operator", "admin"], body: START },
  { method: "POST", path: `${REPLAY}/pause`, needs: "replays.control", may: ["operator", "admin"] },
  { method: "POST", path: `${REPLAY}/resume`, needs: "replays.control", may: ["operator", "admin"] },
  {
    method: "POST",
    path: `${REPLAY}/go-on`,
    needs: "replays.control",
    may: ["operator", "admin"],
    body: { reason: "a test" },
  },
  { method: "POST", path: `${REPLAY}/cancel`, needs: "replays.control", may: ["operator", "admin"] },
  {
    method: "POST",
    path: `${REPLAY}/judge`,
    needs: "replays.control",
    may: ["operator", "admin"],
    body: {
      items: [{ id: "00000000-0000-4000-8000-000000000000", attempt: 1 }],
      judgement: "leave",
      reason: "a test",
    },
  },
  { method: "POST", path: `${REPLAY}/submit`, needs: "replays.control", may: ["operator", "admin"], body: START },
  {
    method: "POST",
    path: `${REPLAY}/approve`,
    needs: "replays.approve",
    may: ["approver", "admin"],
    body: { planHash: "0".repeat(64) },
  },
  {
    method: "POST",
    path: `${REPLAY}/decline`,
    needs: "replays.approve",
    may: ["approver", "admin"],
    body: { reason: "a test" },
  },
  { method: "GET", path: "/api/attention", needs: "replays.read", may: EVERYBODY },
  {
    method: "POST",
    path: "/api/stops",
    needs: "replays.stop",
    may: ["operator", "approver", "admin"],
    body: { namespace: "nowhere", reason: "a test" },
  },
  {
    method: "POST",
    path: "/api/stops/1/lift",
    needs: "replays.control",
    may: ["operator", "admin"],
    body: { reason: "a test" },
  },
  { method: "GET", path: "/api/queues/1/policy", needs: "queues.read", may: EVERYBODY },
  { method: "PUT", path: "/api/queues/1/policy", needs: "policies.write", may: ["admin"], body: POLICY },
  { method: "PUT", path: `${REPLAY}/rate`, needs: "replays.control", may: ["operator", "admin"], body: { rate: 5 } },
  { method: "GET", path: "/api/audit", needs: "audit.read", may: ["operator", "approver", "auditor", "admin"] },
  { method: "GET", path: "/metrics", needs: "metrics.read", may: EVERYBODY },
];

const ask = ({ method, path, body }: Row, cookie?: string) =>
  web.send(path, {
    method,
    ...(cookie === undefined ? {} : { cookie }),
    ...(body === undefined ? {} : { json: body }),
  });

beforeAll(async () => {
  for (const { role, account, password } of await ensureLocalAccounts({ store: web.store }, {})) {
    const { cookie } = await web.signIn(account, password ?? "");
    cookies.set(role, cookie ?? "");
  }
});

describe.each(MATRIX)("$method $path needs $needs", (row) => {
  test("no session: refused", async () => {
    expect((await ask(row)).status).toBe(401);
  });

  test.each(ROLES)("%s", async (role) => {
    const allowed = row.may.includes(role);
    expect(ROLE_PERMISSIONS[role].includes(row.needs)).toBe(allowed);
    const { status, body } = await ask(row, cookies.get(role));
    await body?.cancel();
    // Where the role may, the empty database answers: an empty list, nothing to say, or that there is no such thing.
    expect(allowed ? [200, 204, 404] : [row.path === "/metrics" ? 401 : 403]).toContain(status);
  });
});

test("a person without any role may ask who they are, and nothing else; roles count as they are now", async () => {
  const { cookie } = await signInAgain("viewer");
  expect((await ask(MATRIX[0] as Row, cookie)).status).toBe(200);
  await database.query("UPDATE person SET roles = '{\"superuser\"}' WHERE subject = 'viewer'");
  const session = await web.send("/api/session", { cookie });
  expect(await session.json()).toMatchObject({ roles: [], permissions: [] });
  for (const row of MATRIX) expect([401, 403]).toContain((await ask(row, cookie)).status);
});

test("the matrix names every method of every route, but those that ask for no permission", async () => {
  const open = ["api/auth/[...nextauth]", "api/confirmations", "api/health", "api/ready", "api/session"];
  const there = findRoutes()
    .filter(({ path }) => !open.includes(path))
    .map(async ({ file, path }) => {
      const module = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
      const methods = Object.keys(module).filter((name) => /^[A-Z]+$/.test(name));
      return methods.map((method) => `${method} /${path}`);
    });
  const listed = MATRIX.map(({ method, path }) => `${method} ${shapeOf(path)}`);
  expect(listed.toSorted()).toEqual((await Promise.all(there)).flat().toSorted());
});

async function signInAgain(role: Role): Promise<{ cookie: string }> {
  await ensureLocalAccounts({ store: web.store }, { [role]: "another password" });
  const { cookie } = await web.signIn(role, "another password");
  return { cookie: cookie ?? "" };
}

function shapeOf(path: string): string {
  return (path.split("?")[0] ?? "").replace(/\/([0-9a-f-]{36}|[0-9]+)(?=\/|$)/g, "/[id]");
}
