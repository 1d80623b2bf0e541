import { type ExportCheck, type ExportQuery, MAX_EXPORTED } from "@/lib/contracts/exports";
import type { Store } from "@/lib/store/ports";
import { CHOOSING_SECONDS, requireFits, requireMayExport } from "./export-rules";

/**
 * Whether an export would be made now, and of how many messages: for who asks before a browser fetches the file, since a browser shows a
 * download that is refused without a word of why. Chooses nothing and records nothing. Where no more messages lie than a file holds, the filter's text is
 * left to the export: it would be evaluated twice. Throws as `exportMessages` does.
 */
export async function checkExport(
  { store, mayReadPayloads }: { readonly store: Store; readonly mayReadPayloads: boolean },
  query: ExportQuery,
): Promise<ExportCheck> {
  requireMayExport(query, mayReadPayloads);
  const { format: _format, content: _content, ...filter } = query;
  const at = await store.now();
  const most = await store.exports.most(filter, at);
  if (most !== null && most <= MAX_EXPORTED) {
    return { messages: most, messagesAre: filter.q === undefined || filter.q === "" ? "exact" : "at-most" };
  }
  const messages = await store.transaction(async (tx) => {
    await tx.search.limitSeconds(CHOOSING_SECONDS);
    return tx.exports.count(filter, at, MAX_EXPORTED + 1);
  });
  requireFits(messages);
  return { messages, messagesAre: "exact" };
}
