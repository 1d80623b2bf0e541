import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { NextRequest } from "next/server";
import { afterAll } from "vitest";
import type { Store } from "../store/ports";
import type { TestDatabase } from "./test-database";

const ROOT = process.cwd();
export const ORIGIN = "http://console.test";

type Handler = (
  request: NextRequest,
  context: { params: Promise<Record<string, string | string[]>> },
) => Promise<Response>;

export interface Call {
  readonly method?: string;
  readonly cookie?: string;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly body?: BodyInit;
  /** Over those of a browser on the console's own page; null leaves one out. */
  readonly headers?: Readonly<Record<string, string | null>>;
}

export interface WebConsole {
  /** Sends a request through the proxy and the route that answers its path, as the server would. */
  send(path: string, call?: Call): Promise<Response>;
  /** Signs in with a local account; the answer of the sign-in and the cookie that it set, or null. */
  signIn(
    account: string,
    password: string,
    headers?: Call["headers"],
  ): Promise<{ response: Response; cookie: string | null }>;
  readonly store: Store;
}

/**
 * The web process without its server: the real proxy and routes over a real database, in this process. Call it once a
 * test file; configuration and store are the process's own.
 */
export async function webConsole(
  database: TestDatabase,
  settings: { readonly auth?: unknown; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<WebConsole> {
  const folder = mkdtempSync(join(tmpdir(), "dlq-console-web-"));
  const file = join(folder, "config.json");
  writeFileSync(
    file,
    JSON.stringify({
      namespaces: [{ name: "test", connectionStringVariable: "TEST_NAMESPACE" }],
      auth: settings.auth ?? { localAccounts: true },
    }),
  );
  Object.assign(process.env, {
    DLQ_CONSOLE_CONFIG: file,
    DATABASE_URL: database.url,
    NEXTAUTH_SECRET: "only-for-tests-0123456789-abcdefghij",
    NEXTAUTH_URL: ORIGIN,
    METRICS_TOKEN: "only-for-tests-metrics",
    TEST_NAMESPACE: "Endpoint=sb://localhost;SharedAccessKeyName=test;SharedAccessKey=dGVzdA==",
    LOG_LEVEL: "error",
    ...settings.env,
  });
  const { composition } = await import("../server/composition");
  const { store } = composition();
  afterAll(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  const { proxy } = await import("../../proxy");
  const routes = findRoutes();

  const send: WebConsole["send"] = async (path, call = {}) => {
    const refused = await proxy(toRequest(path, call));
    if (refused.headers.get("x-middleware-next") === null) return refused;
    const found = match(routes, new URL(path, ORIGIN).pathname);
    if (found === null) return new Response(null, { status: 404 });
    const module = (await import(pathToFileURL(found.file).href)) as Record<string, Handler | undefined>;
    const method = call.method ?? "GET";
    // As Next.js does: HEAD is answered by what answers GET.
    const handler = module[method] ?? (method === "HEAD" ? module.GET : undefined);
    if (handler === undefined) return new Response(null, { status: 405 });
    return handler(toRequest(path, call), { params: Promise.resolve(found.params) });
  };

  return {
    send,
    store,
    signIn: async (account, password, headers = {}) => {
      const csrf = await send("/api/auth/csrf");
      const { csrfToken } = (await csrf.json()) as { csrfToken: string };
      const response = await send("/api/auth/callback/credentials", {
        method: "POST",
        cookie: cookiesOf(csrf),
        body: new URLSearchParams({ csrfToken, account, password, json: "true" }),
        headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
      });
      const cookie = cookiesOf(response);
      return { response, cookie: cookie.includes("dlq-console.session=") ? cookie : null };
    },
  };
}

/** The cookies that a response sets, as a browser sends them back. */
export function cookiesOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";")[0] ?? "")
    .join("; ");
}

function toRequest(path: string, { method = "GET", cookie, json, body, headers = {} }: Call): NextRequest {
  const all = new Headers({ "sec-fetch-site": "same-origin", origin: ORIGIN, "x-forwarded-for": "192.0.2.7" });
  if (cookie !== undefined) all.set("cookie", cookie);
  if (json !== undefined) all.set("content-type", "application/json");
  for (const [name, value] of Object.entries(headers)) {
    if (value === null) all.delete(name);
    else all.set(name, value);
  }
  const content = json === undefined ? body : JSON.stringify(json);
  return new NextRequest(new URL(path, ORIGIN), {
    method,
    headers: all,
    ...(content === undefined ? {} : { body: content }),
  });
}

export interface RouteFile {
  readonly file: string;
  /** "api/queues/[id]" */
  readonly path: string;
}

/** Every route file under app/, groups taken out of the paths. */
export function findRoutes(): RouteFile[] {
  const app = join(ROOT, "app");
  return (
    readdirSync(app, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name === "route.ts")
      .map((entry) => ({
        file: join(entry.parentPath, entry.name),
        path: relative(app, entry.parentPath)
          .split(sep)
          .filter((part) => !part.startsWith("("))
          .join("/"),
      }))
      // As Next.js does: a name in the path goes before a parameter in its place.
      .toSorted((a, b) => (a.path.replaceAll("[", "~") < b.path.replaceAll("[", "~") ? -1 : 1))
  );
}

function match(
  routes: readonly RouteFile[],
  pathname: string,
): { file: string; params: Record<string, string | string[]> } | null {
  const given = pathname.split("/").filter(Boolean);
  for (const { file, path } of routes) {
    const parts = path.split("/");
    const rest = parts.at(-1)?.startsWith("[...") ? parts.length - 1 : -1;
    if (rest < 0 ? parts.length !== given.length : given.length < parts.length) continue;
    const params: Record<string, string | string[]> = {};
    const fits = parts.every((part, index) => {
      if (index === rest) params[part.slice(4, -1)] = given.slice(rest);
      else if (part.startsWith("[")) params[part.slice(1, -1)] = decodeURIComponent(given[index] ?? "");
      else return part === given[index];
      return true;
    });
    if (fits) return { file, params };
  }
  return null;
}
