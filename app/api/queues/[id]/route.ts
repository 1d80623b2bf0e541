import { queueParams } from "@/lib/contracts/params";
import { apiHandler } from "@/lib/server/api-handler";
import { getQueue } from "@/lib/usecases/queues/get-queue";

export const GET = apiHandler("queues.read", { params: queueParams }, ({ store, mayReadPayloads, params }) =>
  getQueue({ store, mayReadPayloads }, params),
);
