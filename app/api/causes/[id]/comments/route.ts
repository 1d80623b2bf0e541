import { addComment } from "@/lib/contracts/causes";
import { causeParams } from "@/lib/contracts/params";
import { apiHandler } from "@/lib/server/api-handler";
import { commentOnCause } from "@/lib/usecases/causes/comment-on-cause";

export const POST = apiHandler(
  "causes.write",
  { params: causeParams, body: addComment },
  ({ store, actor, params, body }) => commentOnCause({ store, actor }, { ...params, ...body }),
);
