import { queryOptions } from "@tanstack/react-query";
import * as z from "zod";
import {
  type AddComment,
  type AddReasonComment,
  type ChangeCause,
  causeRules,
  type MergeCause,
  type NewCauseRule,
  rulePreview,
  type SetReasonOwner,
  type SetReasonRunbook,
} from "@/lib/contracts/causes";
import { request } from "./http";
import { SLOW } from "./live";

const nothing = z.null();
const path = (id: string, act = "") => `/api/causes/${id}${act}`;

export const causeRulesQuery = (queue: number) =>
  queryOptions({
    queryKey: ["cause-rules", queue],
    queryFn: ({ signal }) => request(causeRules, `/api/cause-rules?queue=${queue}`, { signal }),
    ...SLOW,
  });

export const changeCause = (id: string, body: ChangeCause) => request(nothing, path(id), { method: "PATCH", body });
export const mergeCause = (id: string, body: MergeCause) =>
  request(nothing, path(id, "/merge"), { method: "POST", body });
export const unmergeCause = (id: string) => request(nothing, path(id, "/unmerge"), { method: "POST" });
export const commentOnCause = (id: string, body: AddComment) =>
  request(nothing, path(id, "/comments"), { method: "POST", body });
export const setReasonRunbook = (body: SetReasonRunbook) =>
  request(nothing, "/api/reason-runbooks", { method: "PUT", body });
export const setReasonOwner = (body: SetReasonOwner) => request(nothing, "/api/reason-owners", { method: "PUT", body });
export const commentOnReason = (body: AddReasonComment) =>
  request(nothing, "/api/reason-comments", { method: "POST", body });
export const makeCauseRule = (body: NewCauseRule) =>
  request(z.object({ id: z.number().int() }), "/api/cause-rules", { method: "POST", body });
export const previewCauseRule = (body: NewCauseRule) =>
  request(rulePreview, "/api/cause-rules/preview", { method: "POST", body });
export const endCauseRule = (id: number) => request(nothing, `/api/cause-rules/${id}`, { method: "DELETE" });
