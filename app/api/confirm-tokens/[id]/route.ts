import { confirmTokenParams } from "@/lib/contracts/params";
import { apiHandler } from "@/lib/server/api-handler";
import { revokeConfirmToken } from "@/lib/usecases/confirmations/revoke-confirm-token";

export const DELETE = apiHandler("settings.write", { params: confirmTokenParams }, ({ store, actor, params }) =>
  revokeConfirmToken({ store, actor }, params),
);
