import { newGroupEdit } from "@/lib/contracts/group-edits";
import { apiHandler } from "@/lib/server/api-handler";
import { beginGroupEdit } from "@/lib/usecases/group-edits/begin-group-edit";

export const POST = apiHandler("edits.write", { body: newGroupEdit }, async ({ store, actor, body }) =>
  beginGroupEdit({ store, actor }, body),
);
