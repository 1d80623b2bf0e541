import type { NextRequest } from "next/server";
import NextAuth from "next-auth";
import { authOptions } from "@/lib/server/auth-options";

type Context = { readonly params: Promise<{ nextauth: string[] }> };

/** next-auth's actions that this console uses; its own pages, its browser log and session updates are not among them. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  GET: ["csrf", "providers", "session", "signin", "callback", "error"],
  POST: ["signin", "callback", "signout"],
};

async function handle(request: NextRequest, context: Context): Promise<Response> {
  const { nextauth } = await context.params;
  if (!ACTIONS[request.method]?.includes(nextauth[0] ?? "")) return new Response(null, { status: 404 });
  return NextAuth(request as never, context as never, authOptions(request.headers));
}

export { handle as GET, handle as POST };
