import { stopReplays as stopReplaysBody } from "@/lib/contracts/stops";
import { apiHandler } from "@/lib/server/api-handler";
import { stopReplays } from "@/lib/usecases/stops/stop-replays";

export const POST = apiHandler("replays.stop", { body: stopReplaysBody }, ({ store, actor, body }) =>
  stopReplays({ store, actor }, body),
);
