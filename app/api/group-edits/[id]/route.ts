import { groupEditParams } from "@/lib/contracts/group-edits";
import { apiHandler } from "@/lib/server/api-handler";
import { cancelGroupEdit } from "@/lib/usecases/group-edits/cancel-group-edit";
import { getGroupEdit } from "@/lib/usecases/group-edits/get-group-edit";

export const GET = apiHandler("edits.write", { params: groupEditParams }, ({ store, params }) =>
  getGroupEdit({ store }, params),
);

export const DELETE = apiHandler("edits.write", { params: groupEditParams }, ({ store, actor, params }) =>
  cancelGroupEdit({ store, actor }, params),
);
