import { randomUUID } from "node:crypto";
import { codecFor } from "@/lib/brokers/codecs";
import type { Store } from "@/lib/store/ports";
import type { EngineContext } from "@/lib/usecases/replays/engine/context";
import { NAMESPACE, type ReplayBench, SHORT } from "./replay-bench";

/** What a worker hands to the steps of the engine, for tests that take one step by itself: registered, its lease without end. */
export async function engineContext(bench: ReplayBench): Promise<EngineContext> {
  return {
    ...(await workerContext(bench.store)),
    connections: new Map([[NAMESPACE, { broker: bench.broker, codec: codecFor("service-bus"), maxReplayRate: 1_000 }]]),
  };
}

/** The same of a worker without a broker. */
export async function workerContext(store: Store): Promise<EngineContext> {
  const workerId = randomUUID();
  await store.workers.register({ id: workerId, host: "test", pid: process.pid, leaseMs: 3_600_000 });
  const silent = () => {};
  return {
    store,
    workerId,
    actor: { kind: "worker", id: workerId, name: "worker of a test" },
    connections: new Map(),
    timing: SHORT,
    lease: { isValid: () => true, isLost: () => false, lapses: 0 },
    log: { debug: silent, info: silent, warn: silent, error: silent },
    now: () => performance.now(),
  };
}
