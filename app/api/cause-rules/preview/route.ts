import { newCauseRule } from "@/lib/contracts/causes";
import { apiHandler } from "@/lib/server/api-handler";
import { previewCauseRule } from "@/lib/usecases/causes/preview-cause-rule";

export const POST = apiHandler("causes.write", { body: newCauseRule }, ({ store, body }) =>
  previewCauseRule({ store }, body),
);
