import { deadLetterSearch } from "@/lib/contracts/dead-letters";
import { apiHandler } from "@/lib/server/api-handler";
import { countByQueue } from "@/lib/usecases/search/count-by-queue";

export const GET = apiHandler("queues.read", { query: deadLetterSearch }, ({ store, mayReadPayloads, query }) =>
  countByQueue({ store, mayReadPayloads }, query),
);
