import type { NextRequest } from "next/server";
import NextAuth, { type AuthOptions } from "next-auth";
import { AppError } from "@/lib/domain/app-error";
import { authOptions } from "./auth-options";
import { readBytes } from "./request-body";
import { checkOrigin } from "./request-origin";
import { watchRequest } from "./watch-request";

/** next-auth's actions that this console uses; its own pages, its browser log and session updates are not among them. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  GET: ["csrf", "providers", "session", "signin", "callback", "error"],
  POST: ["signin", "callback", "signout"],
};

/** next-auth's node form, narrowed to what it reads of a request and writes to an answer. */
const callNextAuth = NextAuth as unknown as (
  request: Readonly<Record<"method" | "query" | "body" | "cookies" | "headers", unknown>>,
  answer: Answer,
  options: AuthOptions,
) => Promise<void>;

/** Bytes of a sign-in form at most. */
const MAX_FORM_BYTES = 16 * 1024;

/**
 * Answers /api/auth/*. next-auth is called in its node form with what it reads of a request, so that body size and
 * origin are checked first, and so that it runs wherever a request can be made.
 */
export async function answerAuth(request: NextRequest, segments: readonly string[]): Promise<Response> {
  if (!ACTIONS[request.method]?.includes(segments[0] ?? "")) return new Response(null, { status: 404 });
  const watch = watchRequest(request);
  try {
    if (request.method === "POST") checkOrigin(request, false);
    const answer = new Answer();
    await callNextAuth(
      {
        method: request.method,
        query: { ...Object.fromEntries(request.nextUrl.searchParams), nextauth: segments },
        body: request.method === "POST" ? await readForm(request) : undefined,
        cookies: Object.fromEntries(request.cookies.getAll().map(({ name, value }) => [name, value])),
        headers: Object.fromEntries(request.headers),
      },
      answer,
      authOptions(request.headers),
    );
    return watch.end(answer.toResponse());
  } catch (error) {
    return watch.fail(error);
  }
}

async function readForm(request: NextRequest): Promise<Record<string, unknown>> {
  const text = new TextDecoder().decode(await readBytes(request, MAX_FORM_BYTES));
  if (!request.headers.get("content-type")?.startsWith("application/json")) {
    return Object.fromEntries(new URLSearchParams(text));
  }
  try {
    return { ...JSON.parse(text) };
  } catch {
    throw new AppError("invalid-input", "The request is not valid JSON.");
  }
}

/** The part of node's response that next-auth writes to. */
class Answer {
  readonly #headers = new Map<string, string | string[]>();
  #status = 200;
  #body: string | null = null;

  status(code: number): this {
    this.#status = code;
    return this;
  }

  getHeader(name: string): string | string[] | undefined {
    return this.#headers.get(name.toLowerCase());
  }

  setHeader(name: string, value: string | string[]): this {
    this.#headers.set(name.toLowerCase(), value);
    return this;
  }

  json(value: unknown): void {
    this.setHeader("Content-Type", "application/json");
    this.#body = JSON.stringify(value);
  }

  send(value: unknown): void {
    if (typeof value === "string") this.#body = value;
    else if (value !== undefined) this.json(value);
  }

  end(): void {}

  toResponse(): Response {
    const headers = new Headers();
    for (const [name, value] of this.#headers) {
      if (typeof value === "string") headers.set(name, value);
      else for (const one of value) headers.append(name, one);
    }
    return new Response(this.#body, { status: this.#status, headers });
  }
}
