import { replayParams } from "@/lib/contracts/params";
import { replayItemsQuery } from "@/lib/contracts/replays";
import { apiHandler } from "@/lib/server/api-handler";
import { listItems } from "@/lib/usecases/replays/list-items";

export const GET = apiHandler(
  "replays.read",
  { params: replayParams, query: replayItemsQuery },
  ({ store, params, query }) => listItems({ store }, { ...params, ...query }),
);
