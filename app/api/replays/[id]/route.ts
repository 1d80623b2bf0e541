import { replayParams } from "@/lib/contracts/params";
import { apiHandler } from "@/lib/server/api-handler";
import { getReplay } from "@/lib/usecases/replays/get-replay";

export const GET = apiHandler("replays.read", { params: replayParams }, ({ store, params }) =>
  getReplay({ store }, params),
);
