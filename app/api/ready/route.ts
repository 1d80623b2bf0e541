import { composition } from "@/lib/server/composition";
import { log } from "@/lib/server/log";

/** Readiness: the database answers. Public, so it says only yes or no; the reason is in the log. */
export async function GET(): Promise<Response> {
  const headers = { "Cache-Control": "no-store" };
  try {
    await composition().store.now();
    return Response.json({ status: "ready" }, { headers });
  } catch (error) {
    log().warn({ err: error }, "not ready");
    return Response.json({ status: "not-ready" }, { status: 503, headers });
  }
}

export const dynamic = "force-dynamic";
