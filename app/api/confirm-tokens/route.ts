import { makeConfirmToken as makeConfirmTokenBody } from "@/lib/contracts/confirmations";
import { apiHandler } from "@/lib/server/api-handler";
import { listConfirmTokens } from "@/lib/usecases/confirmations/list-confirm-tokens";
import { makeConfirmToken } from "@/lib/usecases/confirmations/make-confirm-token";

export const GET = apiHandler("settings.write", {}, ({ store }) => listConfirmTokens({ store }));

export const POST = apiHandler("settings.write", { body: makeConfirmTokenBody }, ({ store, actor, body }) =>
  makeConfirmToken({ store, actor }, body),
);
