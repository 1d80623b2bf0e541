import { deadLetterParams } from "@/lib/contracts/params";
import { apiHandler } from "@/lib/server/api-handler";
import { getDeadLetter } from "@/lib/usecases/dead-letters/get-dead-letter";

export const GET = apiHandler(
  "queues.read",
  { params: deadLetterParams },
  ({ store, mayReadPayloads, config, params }) => getDeadLetter({ store, mayReadPayloads, config }, params),
);
