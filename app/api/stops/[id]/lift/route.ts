import { stopParams } from "@/lib/contracts/params";
import { liftStop as liftStopBody } from "@/lib/contracts/stops";
import { apiHandler } from "@/lib/server/api-handler";
import { liftStop } from "@/lib/usecases/stops/lift-stop";

export const POST = apiHandler(
  "replays.control",
  { params: stopParams, body: liftStopBody },
  ({ store, actor, params, body }) => liftStop({ store, actor }, { ...params, ...body }),
);
