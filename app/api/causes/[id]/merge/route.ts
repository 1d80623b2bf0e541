import { mergeCause as mergeCauseBody } from "@/lib/contracts/causes";
import { causeParams } from "@/lib/contracts/params";
import { apiHandler } from "@/lib/server/api-handler";
import { mergeCause } from "@/lib/usecases/causes/merge-cause";

export const POST = apiHandler(
  "causes.write",
  { params: causeParams, body: mergeCauseBody },
  ({ store, actor, params, body }) => mergeCause({ store, actor }, { ...params, ...body }),
);
