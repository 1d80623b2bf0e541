import { replayParams } from "@/lib/contracts/params";
import { declineReplay as declineReplayBody } from "@/lib/contracts/replays";
import { apiHandler } from "@/lib/server/api-handler";
import { declineReplay } from "@/lib/usecases/replays/decline-replay";

export const POST = apiHandler(
  "replays.approve",
  { params: replayParams, body: declineReplayBody },
  ({ store, actor, params, body }) => declineReplay({ store, actor }, { ...params, ...body }),
);
