import { queryOptions } from "@tanstack/react-query";
import * as z from "zod";
import { groupEditSamples, groupEditView, type NewGroupEdit, type SaveGroupEdit } from "@/lib/contracts/group-edits";
import { request } from "./http";
import { CLOSE, ONCE } from "./live";

export const groupEditQuery = (id: string) =>
  queryOptions({
    queryKey: ["group-edit", id],
    queryFn: ({ signal }) => request(groupEditView, `/api/group-edits/${id}`, { signal }),
    ...CLOSE,
  });

/** Each sample is a look at a payload that the audit records: read once, when it is asked for. */
export const samplesQuery = (id: string) =>
  queryOptions({
    queryKey: ["group-edit-samples", id],
    queryFn: ({ signal }) => request(groupEditSamples, `/api/group-edits/${id}/samples`, { signal }),
    ...ONCE,
  });

export const beginGroupEdit = (body: NewGroupEdit) =>
  request(z.object({ id: z.uuid() }), "/api/group-edits", { method: "POST", body });
export const saveGroupEdit = (id: string, body: SaveGroupEdit) =>
  request(z.unknown(), `/api/group-edits/${id}/save`, { method: "POST", body });
export const cancelGroupEdit = (id: string) => request(z.unknown(), `/api/group-edits/${id}`, { method: "DELETE" });
