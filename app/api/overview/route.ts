import { apiHandler } from "@/lib/server/api-handler";
import { overviewAnswer } from "@/lib/server/shared-overview";

export const GET = apiHandler("queues.read", {}, async ({ overview }) => overviewAnswer(await overview()));
