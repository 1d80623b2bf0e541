import { createHash, timingSafeEqual } from "node:crypto";
import type { NextRequest } from "next/server";
import { composition } from "@/lib/server/composition";
import { describeFailure } from "@/lib/server/describe-failure";
import { log } from "@/lib/server/log";
import { findSession } from "@/lib/server/session";
import { sessionCookieName } from "@/lib/server/session-token";
import { readMetrics } from "@/lib/usecases/metrics/read-metrics";

/** For Prometheus, with the bearer token of the configuration; for people, with the permission "metrics.read". */
export async function GET(request: NextRequest): Promise<Response> {
  const headers = { "Cache-Control": "no-store" };
  try {
    const { config, store } = composition();
    if (!hasToken(request, config.metricsToken) && !(await mayRead(request))) {
      return new Response("not allowed\n", { status: 401, headers: { ...headers, "WWW-Authenticate": "Bearer" } });
    }
    const { contentType, body } = await readMetrics({ store });
    return new Response(body, { headers: { ...headers, "Content-Type": contentType } });
  } catch (error) {
    const failure = describeFailure(error);
    log().error({ path: "/metrics", status: failure.status, ...failure.log }, "request");
    // No figure at all: a scrape that fails is an alert of its own, and nothing is guessed.
    return new Response(`${failure.error.message}\n`, { status: failure.status, headers });
  }
}

function hasToken(request: NextRequest, token: string | null): boolean {
  const given = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  // Hashed, so that the comparison takes as long whatever the lengths.
  return token !== null && given !== undefined && timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

async function mayRead(request: NextRequest): Promise<boolean> {
  const session = await findSession(request.cookies.get(sessionCookieName())?.value, false);
  return session?.permissions.includes("metrics.read") ?? false;
}
