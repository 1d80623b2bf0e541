import { groupEditParams, saveGroupEdit as saveGroupEditBody } from "@/lib/contracts/group-edits";
import { apiHandler } from "@/lib/server/api-handler";
import { saveGroupEdit } from "@/lib/usecases/group-edits/save-group-edit";

export const POST = apiHandler(
  "edits.write",
  { params: groupEditParams, body: saveGroupEditBody },
  ({ store, actor, params, body }) => saveGroupEdit({ store, actor }, { ...params, ...body }),
);
