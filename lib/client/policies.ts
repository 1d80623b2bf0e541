import { queryOptions } from "@tanstack/react-query";
import * as z from "zod";
import { policyDetail, type SavePolicy } from "@/lib/contracts/policies";
import { request } from "./http";
import { SLOW } from "./live";

export const policyQuery = (queueId: number) =>
  queryOptions({
    queryKey: ["policy", queueId],
    queryFn: ({ signal }) => request(policyDetail, `/api/queues/${queueId}/policy`, { signal }),
    ...SLOW,
  });

export const savePolicy = (queueId: number, body: SavePolicy) =>
  request(z.object({ version: z.number() }), `/api/queues/${queueId}/policy`, { method: "PUT", body });
