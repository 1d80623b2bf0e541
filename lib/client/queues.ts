import { queryOptions } from "@tanstack/react-query";
import { causeDetail, overview, queueDetail } from "@/lib/contracts/queues";
import { request } from "./http";
import { LIVE } from "./live";

export const overviewQuery = () =>
  queryOptions({
    queryKey: ["overview"],
    queryFn: ({ signal }) => request(overview, "/api/overview", { signal }),
    ...LIVE,
  });

export const queueQuery = (id: number) =>
  queryOptions({
    queryKey: ["queue", id],
    queryFn: ({ signal }) => request(queueDetail, `/api/queues/${id}`, { signal }),
    ...LIVE,
  });

export const causeQuery = (id: string) =>
  queryOptions({
    queryKey: ["cause", id],
    queryFn: ({ signal }) => request(causeDetail, `/api/causes/${id}`, { signal }),
    ...LIVE,
  });
