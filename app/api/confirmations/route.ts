import type { NextRequest } from "next/server";
import { confirmItems as confirmItemsBody } from "@/lib/contracts/confirmations";
import { composition } from "@/lib/server/composition";
import { parseInput } from "@/lib/server/parse-input";
import { readJsonBody } from "@/lib/server/request-body";
import { watchRequest } from "@/lib/server/watch-request";
import { confirmItems } from "@/lib/usecases/confirmations/confirm-items";

/** For consumers, with a token of their namespace: see docs/confirming.md. A session is no good here, and none is asked for. */
export async function POST(request: NextRequest): Promise<Response> {
  const watch = watchRequest(request);
  try {
    const { store } = composition();
    const token = /^Bearer (\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1] ?? null;
    // The body is read once the token is known to be good.
    return watch.end(Response.json(await confirmItems({ store }, { token, readItems: () => readItems(request) })));
  } catch (error) {
    return watch.fail(error);
  }
}

async function readItems(request: NextRequest): Promise<string[]> {
  return parseInput(confirmItemsBody, await readJsonBody(request), "request").items;
}
