import { replayParams } from "@/lib/contracts/params";
import { approveReplay as approveReplayBody } from "@/lib/contracts/replays";
import { apiHandler } from "@/lib/server/api-handler";
import { approveReplay } from "@/lib/usecases/replays/approve-replay";

export const POST = apiHandler(
  "replays.approve",
  { params: replayParams, body: approveReplayBody },
  ({ store, actor, config, params, body }) => approveReplay({ store, actor, config }, { ...params, ...body }),
);
