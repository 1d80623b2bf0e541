import { deadLetterParams } from "@/lib/contracts/params";
import { apiHandler } from "@/lib/server/api-handler";
import { viewPayload } from "@/lib/usecases/dead-letters/view-payload";

export const GET = apiHandler("payloads.read", { params: deadLetterParams }, ({ store, actor, codecFor, params }) =>
  viewPayload({ store, actor, codecFor }, params),
);
