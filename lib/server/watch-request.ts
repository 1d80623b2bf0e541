import { randomUUID } from "node:crypto";
import type { NextRequest } from "next/server";
import type { ErrorBody } from "@/lib/contracts/common";
import { describeFailure, type Failure } from "./describe-failure";
import { log } from "./log";

export interface RequestWatch {
  /** Names the log line; goes back to the caller as X-Request-Id. */
  readonly requestId: string;
  end(response: Response, facts?: Readonly<Record<string, unknown>>): Response;
  /** The answer to an error: what a person may see of it, with the request id. */
  fail(error: unknown, facts?: Readonly<Record<string, unknown>>): Response;
}

/** Writes one log line a request, never with its query or body: reasons and payloads may stand in them. */
export function watchRequest(request: NextRequest): RequestWatch {
  const requestId = randomUUID();
  const startedAt = performance.now();
  const end: RequestWatch["end"] = (response, facts = {}) => {
    const line = {
      requestId,
      method: request.method,
      path: request.nextUrl.pathname,
      status: response.status,
      ms: Math.round(performance.now() - startedAt),
      ...facts,
    };
    log()[response.status >= 500 ? "error" : "info"](line, "request");
    response.headers.set("Cache-Control", "no-store");
    response.headers.set("X-Request-Id", requestId);
    return response;
  };
  return {
    requestId,
    end,
    fail: (error, facts = {}) => {
      const failure = describeFailure(error);
      return end(refusal(request, { ...failure, error: { ...failure.error, requestId } }), {
        ...facts,
        ...failure.log,
      });
    },
  };
}

/** JSON; or words, for a person whose browser shows the answer in place of a page: a download that was refused. */
function refusal(request: NextRequest, { status, error }: Failure): Response {
  if (request.headers.get("sec-fetch-mode") !== "navigate") {
    return Response.json({ error } satisfies ErrorBody, { status });
  }
  const fields = Object.entries(error.fields ?? {}).map(([field, problem]) => `${field}: ${problem}`);
  const text = [error.message, ...fields, "", "Go back to return to the console.", "", `Request ${error.requestId}`];
  return new Response(`${text.join("\n")}\n`, { status, headers: { "Content-Type": "text/plain; charset=utf-8" } });
}
