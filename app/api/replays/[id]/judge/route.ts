import { judgeItems as judgeItemsBody } from "@/lib/contracts/judge-items";
import { replayParams } from "@/lib/contracts/params";
import { apiHandler } from "@/lib/server/api-handler";
import { judgeItems } from "@/lib/usecases/replays/judge-items";

export const POST = apiHandler(
  "replays.control",
  { params: replayParams, body: judgeItemsBody },
  ({ store, actor, params, body }) => judgeItems({ store, actor }, { ...params, ...body }),
);
