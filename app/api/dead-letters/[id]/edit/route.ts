import { saveEdit as saveEditBody, withdrawEdit as withdrawEditBody } from "@/lib/contracts/dead-letters";
import { deadLetterParams } from "@/lib/contracts/params";
import { apiHandler } from "@/lib/server/api-handler";
import { saveEdit } from "@/lib/usecases/edits/save-edit";
import { withdrawEdit } from "@/lib/usecases/edits/withdraw-edit";

export const PUT = apiHandler(
  "edits.write",
  { params: deadLetterParams, body: saveEditBody },
  ({ store, actor, codecFor, params, body }) => saveEdit({ store, actor, codecFor }, { ...params, ...body }),
);

export const DELETE = apiHandler(
  "edits.write",
  { params: deadLetterParams, query: withdrawEditBody },
  ({ store, actor, params, query }) => withdrawEdit({ store, actor }, { ...params, ...query }),
);
