import { queueParams } from "@/lib/contracts/params";
import { agesQuery } from "@/lib/contracts/queues";
import { apiHandler } from "@/lib/server/api-handler";
import { getQueue } from "@/lib/usecases/queues/get-queue";

export const GET = apiHandler(
  "queues.read",
  { params: queueParams, query: agesQuery },
  ({ store, mayReadPayloads, params, query }) => getQueue({ store, mayReadPayloads }, { ...params, ...query }),
);
