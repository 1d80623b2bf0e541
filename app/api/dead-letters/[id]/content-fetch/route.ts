import { deadLetterParams } from "@/lib/contracts/params";
import { apiHandler } from "@/lib/server/api-handler";
import { watchContentFetch } from "@/lib/usecases/dead-letters/watch-content-fetch";

export const GET = apiHandler("payloads.read", { params: deadLetterParams }, ({ store, params }) =>
  watchContentFetch({ store }, params),
);
