import { AppError } from "@/lib/domain/app-error";
import { payloadFieldsOf } from "@/lib/domain/filter/expression";
import { parseFilter } from "@/lib/domain/filter/parse-filter";

/**
 * Refuses a filter that asks about payloads for a person who may not see them: the hits would answer what is hidden. Throws
 * `AppError` "forbidden".
 */
export function requireAllowedFilter(q: string | undefined, mayReadPayloads: boolean): void {
  if (mayReadPayloads || !asksPayloads(q)) return;
  throw new AppError(
    "forbidden",
    "Your roles may not see payloads, so this filter cannot be used: it asks about bodies, properties or descriptions. Other fields can be asked: reason, id, subject, correlation, session, type, size, deliveries, enqueued, age, replay.",
    { q: "asks about payloads" },
  );
}

export function asksPayloads(q: string | undefined): boolean {
  const parsed = parseFilter(q ?? "");
  return parsed.ok && parsed.expression !== null && payloadFieldsOf(parsed.expression).length > 0;
}
