import { replayParams } from "@/lib/contracts/params";
import { apiHandler } from "@/lib/server/api-handler";
import { pauseReplay } from "@/lib/usecases/replays/pause-replay";

export const POST = apiHandler("replays.control", { params: replayParams }, ({ store, actor, params }) =>
  pauseReplay({ store, actor }, params),
);
