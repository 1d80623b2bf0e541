import type { DeadLetterSearch } from "@/lib/contracts/dead-letters";
import { type ExportQuery, exportCheck } from "@/lib/contracts/exports";
import { request } from "./http";
import { queryString } from "./query-string";

type Chosen = DeadLetterSearch & Pick<ExportQuery, "format" | "content">;

/**
 * Has the browser fetch an export as a file, which never comes into the page. Asks first whether it would be refused, since a
 * browser says of a refused download only that it failed. Rejects with ApiError, and has fetched nothing then.
 */
export async function downloadExport(chosen: Chosen): Promise<void> {
  await request(exportCheck, `/api/exports/check${queryString(chosen)}`);
  // What is refused between the two takes the place of the page, in words; an anchor's download would fail without any.
  location.assign(`/api/exports${queryString(chosen)}`);
}
