import { apiHandler } from "@/lib/server/api-handler";
import { getOverview } from "@/lib/usecases/queues/get-overview";

export const GET = apiHandler("queues.read", {}, ({ store }) => getOverview({ store }));
