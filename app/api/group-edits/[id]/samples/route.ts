import { groupEditParams } from "@/lib/contracts/group-edits";
import { apiHandler } from "@/lib/server/api-handler";
import { showSamples } from "@/lib/usecases/group-edits/show-samples";

export const GET = apiHandler("payloads.read", { params: groupEditParams }, ({ store, actor, codecFor, params }) =>
  showSamples({ store, actor, codecFor }, params),
);
