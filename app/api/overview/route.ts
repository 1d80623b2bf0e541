import { agesQuery } from "@/lib/contracts/queues";
import { apiHandler } from "@/lib/server/api-handler";
import { overviewAnswer } from "@/lib/server/shared-overview";

export const GET = apiHandler("queues.read", { query: agesQuery }, async ({ overview, query }) =>
  overviewAnswer(await overview(query.clock)),
);
