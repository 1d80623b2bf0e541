import { queryOptions } from "@tanstack/react-query";
import * as z from "zod";
import { confirmTokenList, madeConfirmToken } from "@/lib/contracts/confirmations";
import { request } from "./http";

export const confirmTokensQuery = () =>
  queryOptions({
    queryKey: ["confirm-tokens"],
    queryFn: ({ signal }) => request(confirmTokenList, "/api/confirm-tokens", { signal }),
  });

export const makeConfirmToken = (token: { namespace: string; name: string }) =>
  request(madeConfirmToken, "/api/confirm-tokens", { method: "POST", body: token });
export const revokeConfirmToken = (id: string) =>
  request(z.unknown(), `/api/confirm-tokens/${id}`, { method: "DELETE" });
