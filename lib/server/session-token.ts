import { decode } from "next-auth/jwt";
import { configuration } from "./configuration";

/** A working day: after that everybody signs in again. */
export const SESSION_LIMITS = { absoluteSeconds: 12 * 3600, idleSeconds: 2 * 3600 } as const;

/** True when the console is served over TLS, as the configured public address says. */
export function servedOverTls(): boolean {
  return new URL(configuration().auth.url).protocol === "https:";
}

/** Cookies are shared by all ports of a host, so they carry the console's name; __Host- ties them to host, path and TLS. */
export function sessionCookieName(): string {
  return `${servedOverTls() ? "__Host-" : ""}dlq-console.session`;
}

/**
 * The session id inside a session cookie; null when it was not sealed by us or is over. It says that somebody signed
 * in, not that the session still stands: only the gate, which asks the database, decides that.
 */
export async function readSessionToken(cookie: string | undefined): Promise<string | null> {
  if (cookie === undefined || cookie === "") return null;
  try {
    const token = await decode({ token: cookie, secret: configuration().auth.secret });
    return typeof token?.sid === "string" ? token.sid : null;
  } catch {
    return null;
  }
}
