import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { get } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Store } from "@/lib/store/ports";
import { ensureLocalAccounts } from "@/lib/usecases/people/ensure-local-accounts";
import { processorTime } from "./index-measure";
import { peakMemory, ROOT } from "./stack";

const PASSWORD = "bench-bench-bench";
const READY_MS = 60_000;

export interface BenchWeb {
  /** Fetches a page or a route as a signed-in operator; rejects unless it is answered with 200. Bytes of the answer, as they came. */
  get(path: string): Promise<number>;
  /** A route's JSON, which must come compressed and read as a browser would read it. */
  read(path: string): Promise<unknown>;
  /** Processor time of the web process so far, in ms. */
  processorTime(): Promise<number | null>;
  memory(): Promise<number | null>;
  stop(): Promise<void>;
}

/** The built web server over the bench's database; null when nothing is built (`npm start` builds). */
export async function startBenchWeb(folder: string, databaseUrl: string, store: Store): Promise<BenchWeb | null> {
  if (!existsSync(join(ROOT, ".next", "BUILD_ID"))) return null;
  await ensureLocalAccounts({ store }, { operator: PASSWORD });
  const file = join(folder, "console.json");
  await writeFile(
    file,
    JSON.stringify({
      namespaces: [{ name: "bench", connectionStringVariable: "BENCH_NAMESPACE" }],
      auth: { localAccounts: true },
    }),
  );
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const next = join(ROOT, "node_modules", "next", "dist", "bin", "next");
  const child = spawn(process.execPath, [next, "start", "--hostname", "127.0.0.1", "--port", String(port)], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...process.env,
      NODE_ENV: "production",
      NEXT_TELEMETRY_DISABLED: "1",
      DLQ_CONSOLE_CONFIG: file,
      DATABASE_URL: databaseUrl,
      NEXTAUTH_SECRET: "only-for-the-bench-0123456789-abcdef",
      NEXTAUTH_URL: url,
      BENCH_NAMESPACE: "Endpoint=sb://localhost;SharedAccessKeyName=bench;SharedAccessKey=YmVuY2g=",
      LOG_LEVEL: "error",
    },
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null) return;
    child.kill("SIGTERM");
    await new Promise((resolve) => child.once("exit", resolve));
  };
  try {
    await answers(`${url}/api/ready`);
    const cookie = await signIn(url);
    return {
      get: async (path) => (await getAnswer(url + path, cookie)).body.length,
      read: async (path) => {
        const { encoding, body } = await getAnswer(url + path, cookie);
        if (encoding !== "gzip")
          throw new Error(
            `${path} came as ${encoding ?? "it is"}, not compressed: is what is built here older than the code?`,
          );
        return JSON.parse(gunzipSync(body).toString("utf8"));
      },
      processorTime: () => processorTime(child.pid),
      memory: () => peakMemory(child.pid),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** As a browser asks: compressed. `fetch` would hide how much came. */
function getAnswer(url: string, cookie: string): Promise<{ encoding: string | undefined; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const asked = get(url, { headers: { cookie, "accept-encoding": "gzip" } }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const encoding = response.headers["content-encoding"];
        if (response.statusCode === 200) resolve({ encoding, body: Buffer.concat(chunks) });
        else reject(new Error(`${url} was answered with ${response.statusCode}`));
      });
    });
    asked.on("error", reject);
  });
}

async function answers(url: string): Promise<void> {
  for (const deadline = Date.now() + READY_MS; Date.now() < deadline; ) {
    const response = await fetch(url).catch(() => null);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("the web server did not answer");
}

async function signIn(url: string): Promise<string> {
  const csrf = await fetch(`${url}/api/auth/csrf`);
  const { csrfToken } = (await csrf.json()) as { csrfToken: string };
  const answer = await fetch(`${url}/api/auth/callback/credentials`, {
    method: "POST",
    redirect: "manual",
    headers: { cookie: cookiesOf(csrf), origin: url, "sec-fetch-site": "same-origin" },
    body: new URLSearchParams({ csrfToken, account: "operator", password: PASSWORD, json: "true" }),
  });
  const cookie = cookiesOf(answer);
  if (!cookie.includes("dlq-console.session=")) throw new Error(`the sign-in was answered with ${answer.status}`);
  return cookie;
}

function cookiesOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";")[0] ?? "")
    .join("; ");
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
