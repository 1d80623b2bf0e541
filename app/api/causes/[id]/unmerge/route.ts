import { causeParams } from "@/lib/contracts/params";
import { apiHandler } from "@/lib/server/api-handler";
import { unmergeCause } from "@/lib/usecases/causes/unmerge-cause";

export const POST = apiHandler("causes.write", { params: causeParams }, ({ store, actor, params }) =>
  unmergeCause({ store, actor }, params),
);
