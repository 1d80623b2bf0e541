import { createServer } from "node:net";
import { encode } from "next-auth/jwt";
import { expect, test } from "vitest";
import { testDatabase } from "@/lib/testing/test-database";
import { webConsole } from "@/lib/testing/web-console";

/** A port that nobody listens on: taken and given back. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const web = await webConsole(await testDatabase(), {
  env: { DATABASE_URL: `postgresql://postgres@127.0.0.1:${await closedPort()}/nothing` },
});

test("a database that does not answer is told as such: nothing is shown as empty, nobody as signed out", async () => {
  const token = await encode({
    token: { sid: "3f0e9a44-5f0e-4b52-9d7c-6a0a2b1c9d10" },
    secret: process.env.NEXTAUTH_SECRET ?? "",
  });
  const response = await web.send("/api/overview", { cookie: `dlq-console.session=${token}` });
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ error: { code: "unavailable" } });
  expect((await web.send("/metrics", { headers: { authorization: "Bearer only-for-tests-metrics" } })).status).toBe(
    503,
  );
});

test("liveness and readiness differ", async () => {
  expect((await web.send("/api/health")).status).toBe(200);
  const ready = await web.send("/api/ready");
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({ error: { code: "unavailable" } });
});

test("a sign-in is neither right nor wrong then", async () => {
  const { response, cookie } = await web.signIn("operator", "whatever");
  expect(cookie).toBeNull();
  expect(((await response.json()) as { url: string }).url).toContain("error=Unavailable");
});
