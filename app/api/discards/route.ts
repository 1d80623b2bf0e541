import { planDiscard as planDiscardBody } from "@/lib/contracts/replays";
import { apiHandler } from "@/lib/server/api-handler";
import { planDiscard } from "@/lib/usecases/replays/plan-discard";

export const POST = apiHandler("replays.plan", { body: planDiscardBody }, ({ store, actor, config, codecFor, body }) =>
  planDiscard({ store, actor, config, codecFor }, body),
);
