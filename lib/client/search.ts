import { queryOptions } from "@tanstack/react-query";
import * as z from "zod";
import type { DeadLetterFilter } from "@/lib/contracts/dead-letters";
import { type ChangeFilter, comparison, type SaveFilter, savedFilter, savedFilters } from "@/lib/contracts/search";
import { request } from "./http";
import { ONCE, SLOW } from "./live";
import { queryString } from "./query-string";

/** Comparing is a look at payloads that the audit records: it is done once, when it is asked for. */
export const comparisonQuery = (filter: DeadLetterFilter) =>
  queryOptions({
    queryKey: ["comparison", filter],
    queryFn: ({ signal }) => request(comparison, `/api/comparison${queryString(filter)}`, { signal }),
    ...ONCE,
  });

export const savedFiltersQuery = () =>
  queryOptions({
    queryKey: ["saved-filters"],
    queryFn: ({ signal }) => request(savedFilters, "/api/saved-filters", { signal }),
    ...SLOW,
    refetchInterval: false,
  });

export const saveFilter = (body: SaveFilter) => request(savedFilter, "/api/saved-filters", { method: "POST", body });
export const changeFilter = (id: string, body: ChangeFilter) =>
  request(savedFilter, `/api/saved-filters/${id}`, { method: "PATCH", body });
export const removeFilter = (id: string) => request(z.null(), `/api/saved-filters/${id}`, { method: "DELETE" });
