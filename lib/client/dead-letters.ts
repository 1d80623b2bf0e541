import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import * as z from "zod";
import {
  contentFetchView,
  type DeadLetterQuery,
  type DeadLetterSearch,
  deadLetterDetail,
  deadLetterPage,
  editView,
  payload,
  queueBreakdown,
  type SaveEdit,
} from "@/lib/contracts/dead-letters";
import { request } from "./http";
import { LIVE, ONCE, SLOW } from "./live";
import { queryString } from "./query-string";

export interface MessageListState {
  readonly filter: DeadLetterSearch;
  readonly sort: DeadLetterQuery["sort"];
}

/** The pages of a message list, by keyset cursor; refetching reads every page that is loaded. */
export const messagesQuery = ({ filter, sort }: MessageListState) =>
  infiniteQueryOptions({
    queryKey: ["dead-letters", filter, sort],
    queryFn: ({ pageParam, signal }) =>
      request(deadLetterPage, `/api/dead-letters${queryString({ ...filter, sort, cursor: pageParam, limit: 100 })}`, {
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.nextCursor,
    ...SLOW,
  });

/** Counting reads far more than a page: it is asked once the page is there, seldom again, not by itself where it failed, and no longer when the filter changes. */
export const queueBreakdownQuery = (filter: DeadLetterSearch) =>
  queryOptions({
    queryKey: ["dead-letters-by-queue", filter],
    queryFn: ({ signal }) => request(queueBreakdown, `/api/dead-letters/by-queue${queryString(filter)}`, { signal }),
    staleTime: 20_000,
    refetchInterval: ({ state }) => (state.status === "error" ? false : 30_000),
    retry: false,
  });

export const deadLetterQuery = (id: string) =>
  queryOptions({
    queryKey: ["dead-letter", id],
    queryFn: ({ signal }) => request(deadLetterDetail, `/api/dead-letters/${id}`, { signal }),
    ...LIVE,
  });

/** Reading a payload is an act that the audit records: it is read once, when the page opens. */
export const payloadQuery = (id: string) =>
  queryOptions({
    queryKey: ["payload", id],
    queryFn: ({ signal }) => request(payload, `/api/dead-letters/${id}/payload`, { signal }),
    ...ONCE,
  });

/** Asked while a worker fetches a large message; says when the payload can be read. */
export const contentFetchQuery = (id: string) =>
  queryOptions({
    queryKey: ["content-fetch", id],
    queryFn: ({ signal }) => request(contentFetchView, `/api/dead-letters/${id}/content-fetch`, { signal }),
    staleTime: 0,
    refetchInterval: 1_000,
  });

export const saveEdit = (id: string, edit: SaveEdit) =>
  request(editView, `/api/dead-letters/${id}/edit`, { method: "PUT", body: edit });

export const withdrawEdit = (id: string, version: number) =>
  request(z.unknown(), `/api/dead-letters/${id}/edit${queryString({ version })}`, { method: "DELETE" });
