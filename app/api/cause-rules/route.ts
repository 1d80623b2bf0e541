import { causeRulesQuery, newCauseRule } from "@/lib/contracts/causes";
import { apiHandler } from "@/lib/server/api-handler";
import { listCauseRules } from "@/lib/usecases/causes/list-cause-rules";
import { makeCauseRule } from "@/lib/usecases/causes/make-cause-rule";

// A rule's pattern may quote what stands in messages.
export const GET = apiHandler("payloads.read", { query: causeRulesQuery }, ({ store, query }) =>
  listCauseRules({ store }, query),
);

export const POST = apiHandler("causes.write", { body: newCauseRule }, ({ store, actor, body }) =>
  makeCauseRule({ store, actor }, body),
);
