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
