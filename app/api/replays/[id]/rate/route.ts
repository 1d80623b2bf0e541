import { replayParams } from "@/lib/contracts/params";
import { changeRate as changeRateBody } from "@/lib/contracts/replays";
import { apiHandler } from "@/lib/server/api-handler";
import { changeRate } from "@/lib/usecases/replays/change-rate";

export const PUT = apiHandler(
  "replays.control",
  { params: replayParams, body: changeRateBody },
  ({ store, actor, config, params, body }) => changeRate({ store, actor, config }, { ...params, ...body }),
);
