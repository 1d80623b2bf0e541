import { queryOptions } from "@tanstack/react-query";
import { causeDetail, overview, queueDetail } from "@/lib/contracts/queues";
import type { AgeClock } from "@/lib/domain/age";
import { request } from "./http";
import { LIVE } from "./live";

export const overviewQuery = (clock: AgeClock = "enqueued") =>
  queryOptions({
    queryKey: ["overview", ...clockKey(clock)],
    queryFn: ({ signal }) => request(overview, `/api/overview${clockParam(clock)}`, { signal }),
    ...LIVE,
  });

export const queueQuery = (id: number, clock: AgeClock = "enqueued") =>
  queryOptions({
    queryKey: ["queue", id, ...clockKey(clock)],
    queryFn: ({ signal }) => request(queueDetail, `/api/queues/${id}${clockParam(clock)}`, { signal }),
    ...LIVE,
  });

export const causeQuery = (id: string) =>
  queryOptions({
    queryKey: ["cause", id],
    queryFn: ({ signal }) => request(causeDetail, `/api/causes/${id}`, { signal }),
    ...LIVE,
  });

/** The usual clock's key is the beginning of the other's, so that what makes one out of date makes both. */
function clockKey(clock: AgeClock): string[] {
  return clock === "enqueued" ? [] : [clock];
}

function clockParam(clock: AgeClock): string {
  return clock === "enqueued" ? "" : `?clock=${clock}`;
}
