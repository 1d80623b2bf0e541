import { deadLetterQuery } from "@/lib/contracts/dead-letters";
import { apiHandler } from "@/lib/server/api-handler";
import { listDeadLetters } from "@/lib/usecases/dead-letters/list-dead-letters";

export const GET = apiHandler("queues.read", { query: deadLetterQuery }, ({ store, mayReadPayloads, query }) =>
  listDeadLetters({ store, mayReadPayloads }, query),
);
