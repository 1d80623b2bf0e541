import { randomUUID } from "node:crypto";
import { openBroker } from "@/lib/brokers/open-broker";
import type { Store } from "@/lib/store/ports";
import { scanLoop } from "./scan-loop";

/** Scans all that a test's broker lists into the store, about every second, until the answer is called; that one resolves when it has ended. */
export function scanForTest(
  store: Store,
  address: { connectionString: string; administrationUrl: string },
): () => Promise<void> {
  const broker = openBroker({
    name: "embedded",
    broker: "service-bus",
    connectionString: address.connectionString,
    administrationUrl: address.administrationUrl,
    include: ["*"],
    exclude: [],
    entities: [],
  });
  const stop = new AbortController();
  const quiet = () => {};
  const loop = scanLoop({
    store,
    brokers: [broker],
    config: {
      namespaces: [{ name: "embedded", broker: "service-bus", scanCreditsPerSecond: null }],
      scan: { watchSeconds: 1, walkSeconds: 1, keepBytes: 2_000_000, retainDays: 30 },
    },
    workerId: randomUUID(),
    log: { debug: quiet, info: quiet, warn: quiet },
    signal: stop.signal,
    listSeconds: 1,
  });
  return async () => {
    stop.abort();
    await loop;
    await broker.close();
  };
}
