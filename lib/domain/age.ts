/** Age buckets of the heatmap, youngest first; `under` in seconds, the last is open. */
export const AGE_BUCKETS = [
  { id: "1h", label: "under 1 h", under: 3_600 },
  { id: "6h", label: "1–6 h", under: 21_600 },
  { id: "24h", label: "6–24 h", under: 86_400 },
  { id: "3d", label: "1–3 d", under: 259_200 },
  { id: "7d", label: "3–7 d", under: 604_800 },
  { id: "older", label: "over 7 d", under: Number.POSITIVE_INFINITY },
] as const;

export type AgeBucketId = (typeof AGE_BUCKETS)[number]["id"];
export const AGE_BUCKET_IDS = AGE_BUCKETS.map((bucket) => bucket.id) as [AgeBucketId, ...AgeBucketId[]];

/** What an age is counted from: when the broker enqueued a message, or when this console first saw it in the dead-letter queue. */
export const AGE_CLOCKS = ["enqueued", "first-seen"] as const;
export type AgeClock = (typeof AGE_CLOCKS)[number];

/** Times (of either clock) that fall into a bucket as seen at `at`: after < time <= until; null is open. The future counts as just now. */
export function ageBounds(id: AgeBucketId, at: Date): { readonly after: Date | null; readonly until: Date | null } {
  const index = AGE_BUCKET_IDS.indexOf(id);
  const under = AGE_BUCKETS[index]?.under ?? Number.POSITIVE_INFINITY;
  const previous = AGE_BUCKETS[index - 1];
  return {
    after: Number.isFinite(under) ? new Date(at.getTime() - under * 1000) : null,
    until: previous === undefined ? null : new Date(at.getTime() - previous.under * 1000),
  };
}

/** The bucket of a message whose time is `time`, as seen at `at`. */
export function ageBucketOf(time: Date, at: Date): AgeBucketId {
  const seconds = (at.getTime() - time.getTime()) / 1000;
  return AGE_BUCKETS.find((bucket) => seconds < bucket.under)?.id ?? "older";
}

/** What narrows a list of messages to a bucket. */
export function ageNarrowing(
  clock: AgeClock,
  age: AgeBucketId,
): { readonly age: AgeBucketId } | { readonly q: string } {
  switch (clock) {
    case "enqueued":
      return { age };
    case "first-seen":
      return { q: firstSeenFilter(age) };
  }
}

/** Messages that were first seen in a bucket, in the language of filters (docs/search.md). */
export function firstSeenFilter(id: AgeBucketId): string {
  const index = AGE_BUCKET_IDS.indexOf(id);
  const under = AGE_BUCKETS[index]?.under ?? Number.POSITIVE_INFINITY;
  const previous = AGE_BUCKETS[index - 1];
  return [
    Number.isFinite(under) ? `first-seen > ${under / 3_600}h ago` : "",
    previous === undefined ? "" : `first-seen <= ${previous.under / 3_600}h ago`,
  ]
    .filter(Boolean)
    .join(" ");
}
