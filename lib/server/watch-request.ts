import { randomUUID } from "node:crypto";
import type { NextRequest } from "next/server";
import type { ErrorBody } from "@/lib/contracts/common";
import { describeFailure } from "./describe-failure";
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
      const body: ErrorBody = { error: { ...failure.error, requestId } };
      return end(Response.json(body, { status: failure.status }), { ...facts, ...failure.log });
    },
  };
}
