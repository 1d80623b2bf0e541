import { queueParams } from "@/lib/contracts/params";
import { savePolicy as savePolicyBody } from "@/lib/contracts/policies";
import { apiHandler } from "@/lib/server/api-handler";
import { getPolicy } from "@/lib/usecases/policies/get-policy";
import { savePolicy } from "@/lib/usecases/policies/save-policy";

export const GET = apiHandler("queues.read", { params: queueParams }, ({ store, config, params }) =>
  getPolicy({ store, config }, params),
);

export const PUT = apiHandler(
  "policies.write",
  { params: queueParams, body: savePolicyBody },
  ({ store, actor, config, params, body }) => savePolicy({ store, actor, config }, { ...params, ...body }),
);
