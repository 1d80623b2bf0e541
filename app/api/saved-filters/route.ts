import { saveFilter as saveFilterBody } from "@/lib/contracts/search";
import { apiHandler } from "@/lib/server/api-handler";
import { listSavedFilters } from "@/lib/usecases/saved-filters/list-saved-filters";
import { saveFilter } from "@/lib/usecases/saved-filters/save-filter";

export const GET = apiHandler("queues.read", {}, ({ store, actor, mayReadPayloads }) =>
  listSavedFilters({ store, actor, mayReadPayloads }),
);

export const POST = apiHandler(
  "queues.read",
  { body: saveFilterBody },
  ({ store, actor, session, mayReadPayloads, body }) =>
    saveFilter({ store, actor, mayReadPayloads, mayShare: session.permissions.includes("filters.share") }, body),
);
