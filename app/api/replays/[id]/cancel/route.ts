import { replayParams } from "@/lib/contracts/params";
import { apiHandler } from "@/lib/server/api-handler";
import { cancelReplay } from "@/lib/usecases/replays/cancel-replay";

export const POST = apiHandler("replays.control", { params: replayParams }, ({ store, actor, params }) =>
  cancelReplay({ store, actor }, params),
);
