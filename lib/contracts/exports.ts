import * as z from "zod";
import { deadLetterSearch } from "./dead-letters";

/** What one export holds at most: a file that a person can still work with, read in a time that a download lasts. */
export const MAX_EXPORTED = 100_000;

export const EXPORT_FORMATS = ["ndjson", "csv"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Query of an export: a filter over one queue or over all of them, and what the file holds of each message. */
export const exportQuery = deadLetterSearch.extend({
  format: z.enum(EXPORT_FORMATS).default("ndjson"),
  /** "facts": what a list shows; "payloads": description, properties and body too. */
  content: z.enum(["facts", "payloads"]).default("facts"),
});
export type ExportQuery = z.infer<typeof exportQuery>;

/** Answer to whether an export would be made now. "at-most": so many lie where the filter looks, and what its text says of them was not asked. */
export const exportCheck = z.object({ messages: z.number().int(), messagesAre: z.enum(["exact", "at-most"]) });
export type ExportCheck = z.infer<typeof exportCheck>;
