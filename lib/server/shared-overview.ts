import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Overview } from "@/lib/contracts/queues";

/** Everybody who asks within so long gets one and the same reading, which names its time. */
const SHARED_MS = 1_000;
/** Most of what can be saved at a fifth of the time of the default. */
const GZIP_LEVEL = 2;
const compress = promisify(gzip);

/** One reading of the overview. */
export interface OverviewReading {
  readonly overview: Overview;
  /** As JSON, written once for everybody. */
  json(): Uint8Array<ArrayBuffer>;
  gzipped(): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * The overview of a thousand queues is some 800 kB that everybody with the page open asks for every few seconds, and it is the same for all of
 * them: one process reads, writes and compresses it at most once a second, and keeps the last one only, however many ask.
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
  let gzipped: Promise<Uint8Array<ArrayBuffer>> | null = null;
  const written = () => {
    json ??= new TextEncoder().encode(JSON.stringify(overview));
    return json;
  };
  return {
    overview,
    json: written,
    gzipped: () => {
      gzipped ??= compress(written(), { level: GZIP_LEVEL }).then((bytes) => new Uint8Array(bytes));
      return gzipped;
    },
  };
}

/** The reading as an answer, compressed for those who take it. */
export async function overviewAnswer(reading: OverviewReading, acceptEncoding: string): Promise<Response> {
  const gzips = /(^|[\s,])gzip(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(acceptEncoding);
  return new Response(gzips ? await reading.gzipped() : reading.json(), {
    headers: {
      "Content-Type": "application/json",
      Vary: "Accept-Encoding",
      ...(gzips ? { "Content-Encoding": "gzip" } : {}),
    },
  });
}
