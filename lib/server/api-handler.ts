import type { NextRequest } from "next/server";
import type * as z from "zod";
import { AppError } from "@/lib/domain/app-error";
import type { Permission } from "@/lib/domain/permissions";
import { type Composition, composition } from "./composition";
import { parseInput } from "./parse-input";
import { readJsonBody } from "./request-body";
import { checkOrigin } from "./request-origin";
import { findSession, type Session } from "./session";
import { sessionCookieName } from "./session-token";
import { watchRequest } from "./watch-request";

/** What a route expects of its request; what it does not name it does not get. */
interface RequestShape<Q extends z.ZodType, B extends z.ZodType, P extends z.ZodType> {
  readonly query?: Q;
  readonly body?: B;
  readonly params?: P;
}

export interface ApiCall<Q, B, P> extends Composition {
  readonly session: Session;
  readonly actor: Session["actor"];
  /** Without it, read models leave out what may quote a payload. */
  readonly mayReadPayloads: boolean;
  readonly query: Q;
  readonly body: B;
  readonly params: P;
}

type RouteContext = { readonly params: Promise<Record<string, string | string[] | undefined>> };

/**
 * Wraps every API route. In this order: session, permission, origin, size and kind of the body, shape of the request (HEAD is
 * refused); then the handler, whose result is the JSON answer, or an answer of its own (a file). `AppError` becomes its status; any other error becomes a 500 that
 * reveals nothing but the id of its log line. One log line a request.
 */
export function apiHandler<Q extends z.ZodType, B extends z.ZodType, P extends z.ZodType>(
  permission: Permission | "signed-in",
  shape: RequestShape<Q, B, P>,
  handler: (call: ApiCall<z.output<Q>, z.output<B>, z.output<P>>) => Promise<unknown>,
) {
  return async (request: NextRequest, route: RouteContext): Promise<Response> => {
    const watch = watchRequest(request);
    let session: Session | null = null;
    try {
      session = await admit(request, permission);
      if (request.method === "HEAD") return watch.end(nothingToRead(), { person: session.person.id });
      const call = {
        ...composition(),
        session,
        actor: session.actor,
        mayReadPayloads: session.permissions.includes("payloads.read"),
        query: parse(shape.query, Object.fromEntries(request.nextUrl.searchParams), "address"),
        params: parse(shape.params, await route.params, "address"),
        body: shape.body === undefined ? undefined : parse(shape.body, await readJsonBody(request), "request"),
      };
      const result = await handler(call as ApiCall<z.output<Q>, z.output<B>, z.output<P>>);
      const answer =
        result instanceof Response
          ? result
          : result === undefined
            ? new Response(null, { status: 204 })
            : Response.json(result);
      return watch.end(answer, { person: session.person.id });
    } catch (error) {
      return watch.fail(error, session === null ? {} : { person: session.person.id });
    }
  };
}

const READING = ["GET", "HEAD"];

/** A GET may record in the audit what it gives out. The same without an answer would record what nobody got, so it is not done. */
function nothingToRead(): Response {
  return new Response(null, { status: 405, headers: { Allow: "GET" } });
}

async function admit(request: NextRequest, permission: Permission | "signed-in"): Promise<Session> {
  const reading = READING.includes(request.method);
  // Polling reads must not keep an abandoned browser signed in; opening pages and acting does.
  const session = await findSession(request.cookies.get(sessionCookieName())?.value, !reading);
  if (session === null)
    throw new AppError("not-signed-in", "You are not signed in, or your session is over. Sign in again.");
  if (permission !== "signed-in" && !session.permissions.includes(permission)) {
    throw new AppError(
      "forbidden",
      `Your roles (${session.roles.join(", ") || "none"}) do not include "${permission}".`,
    );
  }
  checkOrigin(request, reading);
  return session;
}

function parse<T extends z.ZodType>(schema: T | undefined, input: unknown, where: string): z.output<T> | undefined {
  return schema === undefined ? undefined : parseInput(schema, input, where);
}
