import { createHash, timingSafeEqual } from "node:crypto";
import type { NextRequest } from "next/server";
import { composition } from "@/lib/server/composition";
import { findSession } from "@/lib/server/session";
import { sessionCookieName } from "@/lib/server/session-token";
import { watchRequest } from "@/lib/server/watch-request";
import { readMetrics } from "@/lib/usecases/metrics/read-metrics";

/** For Prometheus, with the bearer token of the configuration; for people, with the permission "metrics.read". */
export async function GET(request: NextRequest): Promise<Response> {
  const watch = watchRequest(request);
  try {
    const { config, store } = composition();
    if (!hasToken(request, config.metricsToken) && !(await mayRead(request))) {
      return watch.end(new Response("not allowed\n", { status: 401, headers: { "WWW-Authenticate": "Bearer" } }));
    }
    const { contentType, body } = await readMetrics({ store });
    return watch.end(new Response(body, { headers: { "Content-Type": contentType } }));
  } catch (error) {
    // No figure at all: a scrape that fails is an alert of its own, and nothing is guessed.
    return watch.fail(error);
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
