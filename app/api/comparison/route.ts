import { deadLetterFilter } from "@/lib/contracts/dead-letters";
import { apiHandler } from "@/lib/server/api-handler";
import { compareMessages } from "@/lib/usecases/search/compare-messages";

export const GET = apiHandler("queues.read", { query: deadLetterFilter }, ({ store, actor, mayReadPayloads, query }) =>
  compareMessages({ store, actor, mayReadPayloads }, query),
);
