import type { NextRequest } from "next/server";
import { answerAuth } from "@/lib/server/auth-endpoint";

type Context = { readonly params: Promise<{ nextauth: string[] }> };

async function handle(request: NextRequest, context: Context): Promise<Response> {
  return answerAuth(request, (await context.params).nextauth);
}

export { handle as GET, handle as POST };
