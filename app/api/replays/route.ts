import { planReplay as planReplayBody, replaysQuery } from "@/lib/contracts/replays";
import { apiHandler } from "@/lib/server/api-handler";
import { listReplays } from "@/lib/usecases/replays/list-replays";
import { planReplay } from "@/lib/usecases/replays/plan-replay";

export const GET = apiHandler("replays.read", { query: replaysQuery }, ({ store, query }) =>
  listReplays({ store }, query),
);

export const POST = apiHandler("replays.plan", { body: planReplayBody }, ({ store, actor, config, codecFor, body }) =>
  planReplay({ store, actor, config, codecFor }, body),
);
