import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import * as z from "zod";
import { type JudgeItems, judgedItems } from "@/lib/contracts/judge-items";
import {
  type ApproveReplay,
  type PlanDiscard,
  type PlanReplay,
  replayDetail,
  replayItemPage,
  type replayItemsQuery,
  replayPage,
  type replaysQuery,
  type StartReplay,
  type SubmitReplay,
} from "@/lib/contracts/replays";
import { targetPage } from "@/lib/contracts/targets";
import { request } from "./http";
import { CLOSE, LIVE } from "./live";
import { queryString } from "./query-string";

export type ReplaysFilter = Pick<z.output<typeof replaysQuery>, "state" | "queue">;
export type ItemsFilter = Pick<z.output<typeof replayItemsQuery>, "state" | "outcome">;

export const replayListQuery = (filter: ReplaysFilter) =>
  infiniteQueryOptions({
    queryKey: ["replays", filter],
    queryFn: ({ pageParam, signal }) =>
      request(replayPage, `/api/replays${queryString({ ...filter, cursor: pageParam })}`, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.nextCursor,
    ...LIVE,
  });

export const replayQuery = (id: string) =>
  queryOptions({
    queryKey: ["replay", id],
    queryFn: ({ signal }) => request(replayDetail, `/api/replays/${id}`, { signal }),
    ...CLOSE,
  });

export const replayItemsListQuery = (id: string, filter: ItemsFilter) =>
  infiniteQueryOptions({
    queryKey: ["replay-items", id, filter],
    queryFn: ({ pageParam, signal }) =>
      request(replayItemPage, `/api/replays/${id}/items${queryString({ ...filter, cursor: pageParam })}`, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.nextCursor,
    ...LIVE,
  });

const planned = z.object({ id: z.uuid() });

/** Plans only: claims the messages and checks them; nothing is sent before it is started. */
export const planReplay = (plan: PlanReplay) => request(planned, "/api/replays", { method: "POST", body: plan });
/** Plans a discard only: nothing is archived or removed before it is started. */
export const planDiscard = (plan: PlanDiscard) => request(planned, "/api/discards", { method: "POST", body: plan });
export const startReplay = (id: string, start: StartReplay) =>
  request(z.unknown(), `/api/replays/${id}/start`, { method: "POST", body: start });
/** Asks a second person to approve the plan. */
export const submitReplay = (id: string, submit: SubmitReplay) =>
  request(z.unknown(), `/api/replays/${id}/submit`, { method: "POST", body: submit });
export const approveReplay = (id: string, approve: ApproveReplay) =>
  request(z.unknown(), `/api/replays/${id}/approve`, { method: "POST", body: approve });
export const declineReplay = (id: string, reason: string) =>
  request(z.unknown(), `/api/replays/${id}/decline`, { method: "POST", body: { reason } });
export const pauseReplay = (id: string) =>
  request(z.unknown(), `/api/replays/${id}/pause`, { method: "POST", body: {} });
export const resumeReplay = (id: string) =>
  request(z.unknown(), `/api/replays/${id}/resume`, { method: "POST", body: {} });
/** Lets a replay begin that waits for its consumer to be well. */
export const goOnRegardless = (id: string, reason: string) =>
  request(z.unknown(), `/api/replays/${id}/go-on`, { method: "POST", body: { reason } });
export const cancelReplay = (id: string) =>
  request(z.unknown(), `/api/replays/${id}/cancel`, { method: "POST", body: {} });
export const changeReplayRate = (id: string, rate: number) =>
  request(z.unknown(), `/api/replays/${id}/rate`, { method: "PUT", body: { rate } });
export const judgeReplayItems = (id: string, judgement: JudgeItems) =>
  request(judgedItems, `/api/replays/${id}/judge`, { method: "POST", body: judgement });

/** Entities of a DLQ's namespace that a replay can go to, whose path contains the text. */
export const targetsQuery = (queue: number, q: string) =>
  queryOptions({
    queryKey: ["targets", queue, q],
    queryFn: ({ signal }) =>
      request(targetPage, `/api/targets${queryString({ queue: String(queue), q, limit: "8" })}`, { signal }),
    placeholderData: keepPreviousData,
  });
