import { infiniteQueryOptions } from "@tanstack/react-query";
import { type AuditQuery, auditPage } from "@/lib/contracts/audit";
import { request } from "./http";
import { SLOW } from "./live";
import { queryString } from "./query-string";

export type AuditFilter = Omit<AuditQuery, "cursor" | "limit">;

export const auditListQuery = (filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: ["audit", filter],
    queryFn: ({ pageParam, signal }) =>
      request(auditPage, `/api/audit${queryString({ ...filter, cursor: pageParam })}`, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.nextCursor,
    ...SLOW,
  });
