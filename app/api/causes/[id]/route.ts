import { changeCause as changeCauseBody } from "@/lib/contracts/causes";
import { causeParams } from "@/lib/contracts/params";
import { apiHandler } from "@/lib/server/api-handler";
import { changeCause } from "@/lib/usecases/causes/change-cause";
import { getCause } from "@/lib/usecases/causes/get-cause";

export const GET = apiHandler("queues.read", { params: causeParams }, ({ store, mayReadPayloads, params }) =>
  getCause({ store, mayReadPayloads }, params),
);

export const PATCH = apiHandler(
  "causes.write",
  { params: causeParams, body: changeCauseBody },
  ({ store, actor, params, body }) => changeCause({ store, actor }, { ...params, ...body }),
);
