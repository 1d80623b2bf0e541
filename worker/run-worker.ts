import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { codecFor } from "@/lib/brokers/codecs";
import { openBroker } from "@/lib/brokers/open-broker";
import type { Config } from "@/lib/contracts/configuration";
import { describeError } from "@/lib/domain/describe-error";
import { checkHealth } from "@/lib/outbound/check-health";
import { openStore } from "@/lib/store/store";
import type { EngineContext, EngineLog, Timing } from "@/lib/usecases/replays/engine/context";
import { TIMING } from "@/lib/usecases/replays/engine/context";
import { contentLoop } from "./content-loop";
import { factLoop } from "./fact-loop";
import { groupEditLoop } from "./group-edit-loop";
import { guardLoop } from "./guard-loop";
import { regroupLoop } from "./regroup-loop";
import { replayLoop } from "./replay-loop";
import { retentionLoop } from "./retention-loop";
import { rollupLoop } from "./rollup-loop";
import { ScanLoad } from "./scan-load";
import { scanLoop } from "./scan-loop";
import { searchLoop } from "./search-loop";
import { WorkerLease } from "./worker-lease";

const POOL_SIZE = 12;
/** After the signal: a send and its record may take so long; then the process ends with what is uncertain shown as such. */
const END_MS = 20_000;

/** A consumer that is well answers its health URL in this time. */
const HEALTH_MS = 5_000;

export interface WorkerOptions {
  readonly config: Config;
  readonly log: EngineLog;
  readonly signal: AbortSignal;
  readonly timing?: Timing;
  /** Off: a worker for replays alone, in tests; it neither reads dead letters nor keeps what is derived from them. */
  readonly scans?: boolean;
  readonly onStep?: EngineContext["onStep"];
}

/**
 * One worker process: registers with a lease, scans and replays until the signal, and ends in order. Resolves with the exit
 * code: 1 when another worker has taken over from it or it could not end in time.
 */
export async function runWorker({
  config,
  log,
  signal,
  timing = TIMING,
  scans = true,
  onStep,
}: WorkerOptions): Promise<number> {
  const store = openStore({ url: config.databaseUrl, poolSize: POOL_SIZE, applicationName: "dlq-console worker" });
  const workerId = randomUUID();
  const lease = new WorkerLease({ store, workerId, leaseMs: timing.leaseMs, log });
  const brokers = config.namespaces.map((namespace) => ({ namespace, broker: openBroker(namespace) }));
  if (!(await register(lease, log, signal))) {
    await Promise.allSettled([...brokers.map(({ broker }) => broker.close()), store.close()]);
    return 0;
  }
  const stop = new AbortController();
  signal.addEventListener("abort", () => stop.abort(), { once: true });
  if (signal.aborted) stop.abort();
  // Renewed until everything has ended: what ends in order still writes.
  const leaseKept = new AbortController();
  const lost = lease.keep(leaseKept.signal).then((isLost) => {
    if (isLost) log.error({ worker: workerId }, "another worker has taken over from this one: it ends");
    stop.abort();
    return isLost;
  });
  const context: EngineContext = {
    store,
    workerId,
    actor: { kind: "worker", id: workerId, name: `worker on ${hostname()}` },
    connections: new Map(
      brokers.map(({ namespace, broker }) => [
        namespace.name,
        { broker, codec: codecFor(namespace.broker), maxReplayRate: namespace.maxReplayRate },
      ]),
    ),
    timing,
    lease,
    log,
    now: () => performance.now(),
    ...(onStep === undefined ? {} : { onStep }),
  };
  log.info({ worker: workerId, namespaces: config.namespaces.map(({ name }) => name) }, "worker ready");
  const healthOptions = { allowedHosts: config.outbound.allowedHosts, timeoutMs: HEALTH_MS };
  const load = new ScanLoad();
  const loops = Promise.all([
    guardLoop({ ...context, askHealth: (address) => checkHealth(address, healthOptions) }, stop.signal),
    replayLoop(context, { planHours: config.replay.planHours, signal: stop.signal }),
    ...(scans
      ? [
          rollupLoop({ store, log, signal: stop.signal }),
          retentionLoop({ store, days: config.scan.retainDays, log, signal: stop.signal }),
          contentLoop({ store, brokers: brokers.map(({ broker }) => broker), workerId, log, signal: stop.signal }),
          regroupLoop({ store, log, signal: stop.signal }),
          groupEditLoop({ store, workerId, codecFor, log, signal: stop.signal }),
          searchLoop({ store, codecFor, log, signal: stop.signal, scans: load }),
          factLoop({ store, log, signal: stop.signal, scans: load }),
          scanLoop({
            store,
            brokers: brokers.map(({ broker }) => broker),
            config,
            workerId,
            log,
            signal: stop.signal,
            load,
          }),
        ]
      : []),
  ]);
  await Promise.race([loops, new Promise((resolve) => stop.signal.addEventListener("abort", resolve, { once: true }))]);
  log.info({ worker: workerId }, "worker ending");
  const ended = await Promise.race([loops.then(() => true), delay(lease.isLost() ? 1_000 : END_MS, false)]);
  // A renewal that comes upon the end of the lease would take it for another worker's doing.
  leaseKept.abort();
  const isLost = await lost;
  if (ended && !isLost) await store.workers.end(workerId).catch(() => undefined);
  await Promise.race([
    Promise.allSettled([...brokers.map(({ broker }) => broker.close()), store.close()]),
    delay(2_000),
  ]);
  log.info({ worker: workerId, ended, lost: isLost }, "worker ended");
  return ended && !isLost ? 0 : 1;
}

/** The database may still be starting, or be away: the worker waits for it. False: told to end before. */
async function register(lease: WorkerLease, log: EngineLog, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    try {
      await lease.register(hostname(), process.pid);
      return true;
    } catch (error) {
      log.warn({ err: describeError(error) }, "the worker waits for the database");
      await delay(1_000, undefined, { signal }).catch(() => undefined);
    }
  }
  return false;
}
