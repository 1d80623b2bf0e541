import type * as z from "zod";
import { errorBody } from "@/lib/contracts/common";

/** What the person must know about a request that failed. `code` is the server's, or "unreachable", "silent" or "unreadable". */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: string;
  /** 0: no answer came. */
  readonly status: number;
  readonly fields: Readonly<Record<string, string>>;
  readonly requestId: string | undefined;

  constructor(facts: {
    code: string;
    status: number;
    message: string;
    fields?: Record<string, string> | undefined;
    requestId?: string | undefined;
  }) {
    super(facts.message);
    this.code = facts.code;
    this.status = facts.status;
    this.fields = facts.fields ?? {};
    this.requestId = facts.requestId;
  }
}

/** False for an act whose answer was lost or could not be read: it may have taken effect. */
export function isOutcomeKnown(error: Error): boolean {
  return !(error instanceof ApiError) || (error.code !== "unreachable" && error.code !== "unreadable");
}

interface RequestOptions {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** The server gives a question up after 30 s: who has heard nothing by then will hear nothing. */
const SILENCE_MS = 40_000;

/** Ends a question that nobody answers. An act is never given up: it may have taken effect. */
function patience(
  method: string,
  given: AbortSignal | undefined,
): { signal?: AbortSignal; silent: () => boolean; end: () => void } {
  if (method !== "GET") return { ...(given ? { signal: given } : {}), silent: () => false, end: () => undefined };
  const own = new AbortController();
  const timer = setTimeout(() => own.abort(), SILENCE_MS);
  return {
    signal: given ? AbortSignal.any([given, own.signal]) : own.signal,
    silent: () => own.signal.aborted,
    end: () => clearTimeout(timer),
  };
}

/**
 * The browser's one fetch: same origin, JSON both ways, the answer parsed by its contract.
 * Rejects with ApiError only; a signed-out session leads to the sign-in page.
 */
export async function request<T extends z.ZodType>(
  schema: T,
  path: string,
  options: RequestOptions = {},
): Promise<z.output<T>> {
  const method = options.method ?? "GET";
  const { signal, silent, end } = patience(method, options.signal);
  const response = await fetch(path, {
    method,
    headers: {
      accept: "application/json",
      ...(options.body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    ...(signal ? { signal } : {}),
    credentials: "same-origin",
    cache: "no-store",
  }).catch((cause: unknown) => {
    end();
    if (options.signal?.aborted) throw cause;
    throw silent() ? silentError() : unreachable(method);
  });
  if (response.status === 401) leaveForSignIn();
  const body: unknown = response.status === 204 ? null : await response.json().catch(() => undefined);
  end();
  if (silent()) throw silentError();
  if (!response.ok) throw refusal(response, body, method);
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new ApiError({
    code: "unreadable",
    status: response.status,
    message: `The answer of ${path} is not what this page understands. The console may have been updated: reload the page.`,
  });
}

function unreachable(method: string): ApiError {
  const sent =
    method === "GET" ? "" : " Whether the server received the request is not known: look before you repeat it.";
  return new ApiError({ code: "unreachable", status: 0, message: `The console's web server does not answer.${sent}` });
}

function silentError(): ApiError {
  const message = `The console's web server has not answered for ${SILENCE_MS / 1_000} s.`;
  return new ApiError({ code: "silent", status: 0, message });
}

function refusal(response: Response, body: unknown, method: string): ApiError {
  const parsed = errorBody.safeParse(body);
  if (parsed.success) return new ApiError({ ...parsed.data.error, status: response.status });
  const message =
    method === "GET"
      ? `The web server answered ${response.status} without saying why.`
      : `The web server answered ${response.status} without saying why. Look whether it took effect before you repeat it.`;
  return new ApiError({ code: "unreadable", status: response.status, message });
}

function leaveForSignIn(): void {
  const from = `${location.pathname}${location.search}`;
  location.assign(`/sign-in?callbackUrl=${encodeURIComponent(from)}`);
}
