import type { MessageCodec } from "@/lib/brokers/broker";
import { codecFor } from "@/lib/brokers/codecs";
import type { Config } from "@/lib/contracts/configuration";
import type { AgeClock } from "@/lib/domain/age";
import type { Store } from "@/lib/store/ports";
import { openStore } from "@/lib/store/store";
import { getOverview } from "@/lib/usecases/queues/get-overview";
import { configuration } from "./configuration";
import { type OverviewReading, sharedOverview } from "./shared-overview";

export interface Composition {
  readonly config: Config;
  readonly store: Store;
  /** Reads and makes messages of one kind of broker, without a connection to it. */
  readonly codecFor: (broker: string) => MessageCodec;
  /** The overview with ages by a clock, as of a second ago at most: one for everybody. */
  readonly overview: (clock: AgeClock) => Promise<OverviewReading>;
}

const KEY = Symbol.for("dlq-console.composition");
const processWide = globalThis as { [KEY]?: Composition };

/** Connections of one web process: pages are short, and several web processes share the server with the workers. */
const POOL_SIZE = 10;

/** What every request shares, opened at the first one. On the global object, so that a reload in development opens no second pool. */
export function composition(): Composition {
  const config = configuration();
  processWide[KEY] ??= compose(config);
  return processWide[KEY];
}

function compose(config: Config): Composition {
  const store = openStore({ url: config.databaseUrl, poolSize: POOL_SIZE, applicationName: "dlq-console web" });
  const overviews = {
    enqueued: sharedOverview(() => getOverview({ store })),
    "first-seen": sharedOverview(() => getOverview({ store }, "first-seen")),
  } satisfies Record<AgeClock, unknown>;
  return { config, store, codecFor, overview: (clock) => overviews[clock]() };
}
