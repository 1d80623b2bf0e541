import { replayParams } from "@/lib/contracts/params";
import { goOnReplay as goOnBody } from "@/lib/contracts/replays";
import { apiHandler } from "@/lib/server/api-handler";
import { goOnRegardless } from "@/lib/usecases/replays/go-on-regardless";

export const POST = apiHandler(
  "replays.control",
  { params: replayParams, body: goOnBody },
  ({ store, actor, params, body }) => goOnRegardless({ store, actor }, { ...params, ...body }),
);
