import { exportQuery } from "@/lib/contracts/exports";
import { apiHandler } from "@/lib/server/api-handler";
import { requireRoom } from "@/lib/server/download-answer";
import { checkExport } from "@/lib/usecases/exports/check-export";

export const GET = apiHandler("queues.read", { query: exportQuery }, async ({ store, mayReadPayloads, query }) => {
  requireRoom();
  return checkExport({ store, mayReadPayloads }, query);
});
