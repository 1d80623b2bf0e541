import "server-only";
import { cookies, headers } from "next/headers";
import { forbidden, redirect } from "next/navigation";
import { cache } from "react";
import type { Permission } from "@/lib/domain/permissions";
import { PATH_HEADER } from "./path-header";
import { findSession, type Session } from "./session";
import { sessionCookieName } from "./session-token";

/** Layout, page and title of one request ask the database once. */
const currentSession = cache(async (active: boolean): Promise<Session | null> => {
  const jar = await cookies();
  return findSession(jar.get(sessionCookieName())?.value, active);
});

/**
 * The gate that every page passes first. Without a session it leads to the sign-in and back; without the permission
 * it answers 403 with app/forbidden.tsx. "signed-in" asks for no permission: a person without any role passes.
 */
export async function pageGate(permission: Permission | "signed-in"): Promise<Session> {
  // A link that scrolls into view is fetched ahead: nobody has done anything by that.
  const ahead = (await headers()).has("next-router-prefetch");
  const session = await currentSession(!ahead);
  if (session === null) {
    const path = (await headers()).get(PATH_HEADER) ?? "/";
    redirect(`/sign-in?callbackUrl=${encodeURIComponent(path)}`);
  }
  if (permission !== "signed-in" && !session.permissions.includes(permission)) forbidden();
  return session;
}

/** The session if there is one: for the sign-in page, which leads signed-in people on. */
export async function sessionIfAny(): Promise<Session | null> {
  return currentSession(false);
}
