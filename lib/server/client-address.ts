/**
 * The address that a request came from, for throttling and the audit. The last entry of X-Forwarded-For is the one
 * that the nearest reverse proxy wrote, or Next itself when there is none; earlier entries are the client's own words.
 */
export function clientAddress(headers: Headers): string {
  const forwarded = headers.get("x-forwarded-for")?.split(",").at(-1)?.trim();
  return forwarded === undefined || forwarded === "" ? "unknown" : forwarded.slice(0, 100);
}
