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

/** Enqueued times that fall into a bucket as seen at `at`: after < enqueued <= until; null is open. The future counts as just now. */
export function ageBounds(id: AgeBucketId, at: Date): { readonly after: Date | null; readonly until: Date | null } {
  const index = AGE_BUCKET_IDS.indexOf(id);
  const under = AGE_BUCKETS[index]?.under ?? Number.POSITIVE_INFINITY;
  const previous = AGE_BUCKETS[index - 1];
  return {
    after: Number.isFinite(under) ? new Date(at.getTime() - under * 1000) : null,
    until: previous === undefined ? null : new Date(at.getTime() - previous.under * 1000),
  };
}

/** The bucket of a message that was enqueued at `enqueuedAt`, as seen at `at`. */
export function ageBucketOf(enqueuedAt: Date, at: Date): AgeBucketId {
  const seconds = (at.getTime() - enqueuedAt.getTime()) / 1000;
  return AGE_BUCKETS.find((bucket) => seconds < bucket.under)?.id ?? "older";
}
