import { setReasonRunbook as setReasonRunbookBody } from "@/lib/contracts/causes";
import { apiHandler } from "@/lib/server/api-handler";
import { setReasonRunbook } from "@/lib/usecases/causes/set-reason-runbook";

export const PUT = apiHandler("causes.write", { body: setReasonRunbookBody }, ({ store, actor, body }) =>
  setReasonRunbook({ store, actor }, body),
);
