import { replayParams } from "@/lib/contracts/params";
import { startReplay as startReplayBody } from "@/lib/contracts/replays";
import { apiHandler } from "@/lib/server/api-handler";
import { startReplay } from "@/lib/usecases/replays/start-replay";

export const POST = apiHandler(
  "replays.control",
  { params: replayParams, body: startReplayBody },
  ({ store, actor, config, params, body }) => startReplay({ store, actor, config }, { ...params, ...body }),
);
