import { addReasonComment } from "@/lib/contracts/causes";
import { apiHandler } from "@/lib/server/api-handler";
import { commentOnReason } from "@/lib/usecases/causes/comment-on-reason";

export const POST = apiHandler("causes.write", { body: addReasonComment }, ({ store, actor, body }) =>
  commentOnReason({ store, actor }, body),
);
