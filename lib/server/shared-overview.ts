import type { Overview } from "@/lib/contracts/queues";

/** Everybody who asks within so long gets one and the same reading, which names its time. */
const SHARED_MS = 1_000;

/** One reading of the overview. */
export interface OverviewReading {
  readonly overview: Overview;
  /** As JSON, written once for everybody. */
  json(): Uint8Array<ArrayBuffer>;
}

/**
 * The overview of a thousand queues is some 800 kB that everybody with the page open asks for every few seconds, and it is the same for all of
 * them: one process reads and writes it at most once a second, and keeps the last one only, however many ask.
 */
export function sharedOverview(
  read: () => Promise<Overview>,
  now: () => number = () => performance.now(),
): () => Promise<OverviewReading> {
  let shared: { readonly begunAt: number; readonly reading: Promise<OverviewReading> } | null = null;
  return () => {
    if (shared !== null && now() - shared.begunAt < SHARED_MS) return shared.reading;
    const mine = { begunAt: now(), reading: read().then(toReading) };
    shared = mine;
    // A failure is told to those who waited for it, and not kept.
    mine.reading.catch(() => {
      if (shared === mine) shared = null;
    });
    return mine.reading;
  };
}

function toReading(overview: Overview): OverviewReading {
  let json: Uint8Array<ArrayBuffer> | null = null;
  return {
    overview,
    json: () => {
      json ??= new TextEncoder().encode(JSON.stringify(overview));
      return json;
    },
  };
}

/** The reading as an answer. It is compressed on its way: the server takes Content-Encoding off an answer that says it is already. */
export function overviewAnswer(reading: OverviewReading): Response {
  return new Response(reading.json(), { headers: { "Content-Type": "application/json" } });
}
