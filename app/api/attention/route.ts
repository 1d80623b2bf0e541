import { apiHandler } from "@/lib/server/api-handler";
import { getAttention } from "@/lib/usecases/stops/get-attention";

export const GET = apiHandler("replays.read", {}, ({ store }) => getAttention({ store }));
