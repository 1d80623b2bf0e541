import { setReasonOwner as setReasonOwnerBody } from "@/lib/contracts/causes";
import { apiHandler } from "@/lib/server/api-handler";
import { setReasonOwner } from "@/lib/usecases/causes/set-reason-owner";

export const PUT = apiHandler("causes.write", { body: setReasonOwnerBody }, ({ store, actor, body }) =>
  setReasonOwner({ store, actor }, body),
);
