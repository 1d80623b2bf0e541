import { type ExportQuery, MAX_EXPORTED } from "@/lib/contracts/exports";
import { AppError } from "@/lib/domain/app-error";
import { requireAllowedFilter } from "../search/require-allowed";

/** A statement that chooses what is exported is ended after so many seconds. */
export const CHOOSING_SECONDS = 25;

/** Throws `AppError` "forbidden" for payloads, or a filter about them, without the right to see them. */
export function requireMayExport({ q, content }: ExportQuery, mayReadPayloads: boolean): void {
  requireAllowedFilter(q, mayReadPayloads);
  if (content === "payloads" && !mayReadPayloads) {
    throw new AppError("forbidden", "Your roles may not see payloads: export the facts of the messages alone.");
  }
}

/** Throws `AppError` "unprocessable" for more than one file holds. */
export function requireFits(messages: number): void {
  if (messages <= MAX_EXPORTED) return;
  throw new AppError(
    "unprocessable",
    `More than ${MAX_EXPORTED} messages match, which is as many as one file holds. Narrow the filter: a queue, a cause, an age or a time.`,
  );
}
