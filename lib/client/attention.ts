import { queryOptions } from "@tanstack/react-query";
import * as z from "zod";
import { attention, type StopReplays } from "@/lib/contracts/stops";
import { request } from "./http";
import { LIVE } from "./live";

/** What every page shows: the stops that stand, and the plans that wait for a second person. */
export const attentionQuery = () =>
  queryOptions({
    queryKey: ["attention"],
    queryFn: ({ signal }) => request(attention, "/api/attention", { signal }),
    ...LIVE,
  });

export const stopReplays = (body: StopReplays) => request(z.unknown(), "/api/stops", { method: "POST", body });
export const liftStop = (id: number, reason: string) =>
  request(z.unknown(), `/api/stops/${id}/lift`, { method: "POST", body: { reason } });
