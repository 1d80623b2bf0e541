import { lookup as resolve } from "node:dns";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { isForbiddenAddress, refuseOutbound } from "@/lib/domain/outbound-hosts";

export type Health = { readonly ok: true } | { readonly ok: false; readonly words: string };

/**
 * Asks a consumer's health URL: well is what answers with a status of 200 to 299 in time. Nothing else of the answer is
 * read, and no redirect is followed. The address that the name resolves to is looked at as the connection is made, so that a
 * name cannot be one thing when it is checked and another when it is called. Never rejects.
 */
export async function checkHealth(
  address: string,
  options: { readonly allowedHosts: readonly string[]; readonly timeoutMs: number },
): Promise<Health> {
  const refused = refuseOutbound(address, options.allowedHosts);
  if (refused !== null) return { ok: false, words: `it was not asked: ${refused}` };
  const url = new URL(address);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0 && isForbiddenAddress(host, url.hostname)) {
    return { ok: false, words: `it was not asked: ${host} is an address that is never called` };
  }
  try {
    return judge(await statusOf(url, options.timeoutMs));
  } catch (error) {
    return { ok: false, words: wordsOf(error, options.timeoutMs) };
  }
}

function judge(status: number): Health {
  if (status >= 200 && status < 300) return { ok: true };
  if (status >= 300 && status < 400) {
    return { ok: false, words: `it answers with a redirect (${status}), which is not followed` };
  }
  return { ok: false, words: `it answers ${status}` };
}

function statusOf(url: URL, timeoutMs: number): Promise<number> {
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  const signal = AbortSignal.timeout(timeoutMs);
  return new Promise((resolved, rejected) => {
    const call = request(
      url,
      {
        method: "GET",
        // A connection of its own: nothing of an earlier answer can be taken for this one.
        agent: false,
        signal,
        lookup: checkedLookup(url.hostname),
        maxHeaderSize: 16_384,
        headers: { accept: "*/*", "user-agent": "dlq-console health check" },
      },
      (answer) => {
        resolved(answer.statusCode ?? 0);
        answer.destroy();
      },
    );
    call.on("error", rejected);
    call.end();
  });
}

class ForbiddenAddress extends Error {}

/** Resolves a name, and refuses an address that is never called before anything is connected. */
function checkedLookup(hostname: string): LookupFunction {
  return (name, options, done) => {
    resolve(name, { ...options, all: true }, (error, found) => {
      if (error !== null) return done(error, []);
      const forbidden = found.find(({ address }) => isForbiddenAddress(address, hostname));
      if (forbidden !== undefined) {
        return done(new ForbiddenAddress(`${name} leads to ${forbidden.address}, an address that is never called`), []);
      }
      const first = found[0];
      if (options.all === true || first === undefined) return done(null, found);
      return done(null, first.address, first.family);
    });
  };
}

/** Never what the server sent: a name of the failure, or its time. */
function wordsOf(error: unknown, timeoutMs: number): string {
  if (error instanceof ForbiddenAddress) return `it was not asked: ${error.message}`;
  const { name, code } = error as NodeJS.ErrnoException;
  if (name === "TimeoutError" || name === "AbortError" || code === "ABORT_ERR")
    return `no answer within ${timeoutMs / 1000} s`;
  return `it cannot be reached (${code ?? name ?? "unknown error"})`;
}
