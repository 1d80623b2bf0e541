import { replayParams } from "@/lib/contracts/params";
import { submitReplay as submitReplayBody } from "@/lib/contracts/replays";
import { apiHandler } from "@/lib/server/api-handler";
import { submitReplay } from "@/lib/usecases/replays/submit-replay";

export const POST = apiHandler(
  "replays.control",
  { params: replayParams, body: submitReplayBody },
  ({ store, actor, params, body }) => submitReplay({ store, actor }, { ...params, ...body }),
);
