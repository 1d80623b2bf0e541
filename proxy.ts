import { randomBytes } from "node:crypto";
import { type NextRequest, NextResponse } from "next/server";
import { contentSecurityPolicy } from "@/lib/server/content-security-policy";
import { PATH_HEADER } from "@/lib/server/path-header";
import { readSessionToken, servedOverTls, sessionCookieName } from "@/lib/server/session-token";

/** Answered without a session; /metrics and /api/confirmations check tokens of their own. Everything else is refused here already. */
const PUBLIC_PATHS = ["/sign-in", "/api/health", "/api/ready", "/api/confirmations", "/metrics"];
const PUBLIC_PREFIXES = ["/api/auth/"];
/** Routes that many people ask every few seconds, whose answers are large and always JSON, errors too. */
const POLLED_JSON = /^\/api\/(overview|dead-letters|queues\/\d+|causes\/\d+)$/;

/**
 * First of two locks: turns away whoever carries no session token of ours, and sets the headers of every answer. It
 * asks no database; that the session still stands and what it may do is for the gate of each page and route.
 */
export async function proxy(request: NextRequest): Promise<NextResponse> {
  const { pathname, search } = request.nextUrl;
  const isPublic = PUBLIC_PATHS.includes(pathname) || PUBLIC_PREFIXES.some((prefix) => pathname.startsWith(prefix));
  const signedIn = isPublic || (await readSessionToken(request.cookies.get(sessionCookieName())?.value)) !== null;
  if (!signedIn) return withHeaders(refuse(request), null);

  const nonce = randomBytes(16).toString("base64");
  const policy = contentSecurityPolicy(nonce);
  const headers = new Headers(request.headers);
  // Next puts the nonce of this header on the scripts that it writes into the page.
  headers.set("Content-Security-Policy", policy);
  headers.set("X-Nonce", nonce);
  headers.set(PATH_HEADER, `${pathname}${search}`);
  const response = withHeaders(NextResponse.next({ request: { headers } }), policy);
  // The server compresses what says its type here; a type that a route names itself reaches it as a list, which it takes for none.
  if (POLLED_JSON.test(pathname)) response.headers.set("Content-Type", "application/json");
  return response;
}

function refuse(request: NextRequest): NextResponse {
  const { pathname, search } = request.nextUrl;
  if (pathname.startsWith("/api/")) {
    const message = "You are not signed in, or your session is over. Sign in again.";
    return NextResponse.json({ error: { code: "not-signed-in", message } }, { status: 401 });
  }
  const target = new URL("/sign-in", request.nextUrl);
  target.searchParams.set("callbackUrl", `${pathname}${search}`);
  return NextResponse.redirect(target);
}

function withHeaders(response: NextResponse, policy: string | null): NextResponse {
  response.headers.set("Content-Security-Policy", policy ?? "default-src 'none'; frame-ancestors 'none'");
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("X-Frame-Options", "DENY");
  response.headers.set("Referrer-Policy", "same-origin");
  response.headers.set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
  response.headers.set("Cross-Origin-Opener-Policy", "same-origin");
  response.headers.set("Cross-Origin-Resource-Policy", "same-origin");
  response.headers.set("Cache-Control", "no-store");
  if (servedOverTls()) response.headers.set("Strict-Transport-Security", "max-age=31536000");
  return response;
}

export const config = { matcher: ["/((?!_next/static/|favicon\\.ico$|icon\\.svg$).*)"] };
