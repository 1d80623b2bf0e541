import type { SavedFilter } from "@/lib/contracts/search";
import { AGE_BUCKETS } from "@/lib/domain/age";

/** A filter in one line. */
export function filterWords({ q, reason, age, returned }: SavedFilter["filter"]): string {
  const bucket = AGE_BUCKETS.find(({ id }) => id === age);
  return [
    q,
    reason === undefined ? undefined : `reason ${reason || "none"}`,
    bucket === undefined ? undefined : `age ${bucket.label}`,
    returned === undefined ? undefined : returned === "yes" ? "came back from a replay" : "first deaths only",
  ]
    .filter((part) => part !== undefined && part !== "")
    .join(" · ");
}
