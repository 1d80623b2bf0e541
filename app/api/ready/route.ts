import type { NextRequest } from "next/server";
import { composition } from "@/lib/server/composition";
import { watchRequest } from "@/lib/server/watch-request";

/** Readiness: the database answers. Public, so it says only yes or no; the reason is in the log. */
export async function GET(request: NextRequest): Promise<Response> {
  const watch = watchRequest(request);
  try {
    await composition().store.now();
    return watch.end(Response.json({ status: "ready" }));
  } catch (error) {
    return watch.fail(error);
  }
}
