import { targetsQuery } from "@/lib/contracts/targets";
import { apiHandler } from "@/lib/server/api-handler";
import { listTargets } from "@/lib/usecases/replays/list-targets";

export const GET = apiHandler("replays.plan", { query: targetsQuery }, ({ store, query }) =>
  listTargets({ store }, query),
);
