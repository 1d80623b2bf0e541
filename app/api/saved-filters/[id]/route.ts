import { savedFilterParams } from "@/lib/contracts/params";
import { changeFilter as changeFilterBody } from "@/lib/contracts/search";
import { apiHandler } from "@/lib/server/api-handler";
import { changeFilter } from "@/lib/usecases/saved-filters/change-filter";
import { removeFilter } from "@/lib/usecases/saved-filters/remove-filter";

export const PATCH = apiHandler(
  "queues.read",
  { params: savedFilterParams, body: changeFilterBody },
  ({ store, actor, session, mayReadPayloads, params, body }) =>
    changeFilter(
      { store, actor, mayReadPayloads, mayShare: session.permissions.includes("filters.share") },
      { ...params, ...body },
    ),
);

export const DELETE = apiHandler("queues.read", { params: savedFilterParams }, ({ store, actor, session, params }) =>
  removeFilter({ store, actor, mayManage: session.permissions.includes("settings.write") }, params),
);
