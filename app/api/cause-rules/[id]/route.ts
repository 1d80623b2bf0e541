import { causeRuleParams } from "@/lib/contracts/causes";
import { apiHandler } from "@/lib/server/api-handler";
import { endCauseRule } from "@/lib/usecases/causes/end-cause-rule";

export const DELETE = apiHandler("causes.write", { params: causeRuleParams }, ({ store, actor, params }) =>
  endCauseRule({ store, actor }, params),
);
