import { causeParams } from "@/lib/contracts/params";
import { apiHandler } from "@/lib/server/api-handler";
import { getCause } from "@/lib/usecases/causes/get-cause";

export const GET = apiHandler("queues.read", { params: causeParams }, ({ store, mayReadPayloads, params }) =>
  getCause({ store, mayReadPayloads }, params),
);
