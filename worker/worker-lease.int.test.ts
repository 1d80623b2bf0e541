import { randomUUID } from "node:crypto";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Store } from "@/lib/store/ports";
import { openStore } from "@/lib/store/store";
import { LossWire } from "@/lib/testing/chaos/loss-wire";
import { eventually } from "@/lib/testing/eventually";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { WorkerLease } from "./worker-lease";

const database = await testDatabase();
const store = testStore(database);
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

it("R5: a lease that ran out and is renewed says so, since what was written meanwhile found none", async () => {
  const workerId = randomUUID();
  const lease = new WorkerLease({ store, workerId, leaseMs: 1_000, log });
  await lease.register("test", process.pid);
  const stop = new AbortController();
  const kept = lease.keep(stop.signal);
  expect(lease.isValid()).toBe(true);
  expect(lease.lapses).toBe(0);

  // Nobody takes over; the renewal waits for the row.
  await store.transaction(async (tx) => {
    await tx.workers.register({ id: workerId, host: "test", pid: process.pid, leaseMs: 1_000 });
    await eventually("the lease to run out", () => !lease.isValid());
  });
  await eventually("the lease to be renewed", () => lease.isValid());
  expect(lease.lapses).toBe(1);
  stop.abort();
  expect(await kept).toBe(false);
});

describe("R5: a connection that has gone silent, with a renewal on it", () => {
  const SILENCE = { kind: "silence", aim: null, everyone: false, ms: 60_000, delivers: true } as const;

  /** A worker whose renewals go over a wire, and who has been struck: the first of them waits for its answer until `wire.calm()`. */
  async function struckWorker(leaseMs = 2_000) {
    const { hostname, port } = new URL(database.url);
    const wire = await LossWire.start({ host: hostname, port: Number(port) });
    const overWire = openStore({ url: wire.address(database.url), poolSize: 5, applicationName: "test" });
    // The wire first: what waits on it must not hold up the end of the store.
    onTestFinished(async () => {
      await wire.close();
      await overWire.close();
    });
    const workerId = randomUUID();
    const lease = new WorkerLease({ store: overWire, workerId, leaseMs, log });
    await lease.register("test", process.pid);
    const stop = new AbortController();
    const struck = wire.play(SILENCE, leaseMs);
    const kept = lease.keep(stop.signal);
    expect(await struck).not.toBeNull();
    return { wire, workerId, lease, stop, kept };
  }

  it.each([
    [1, 2_000],
    [3, 4_000],
  ])(
    "does not cost the lease, %i at once",
    async (silent, leaseMs) => {
      const { wire, lease, stop, kept } = await struckWorker(leaseMs);
      for (let n = 1; n < silent; n++) expect(await wire.play(SILENCE, leaseMs)).not.toBeNull();
      const watchedUntil = performance.now() + 2 * leaseMs;
      let lapsed = false;
      await eventually("two leases to pass", () => {
        lapsed ||= !lease.isValid();
        return performance.now() > watchedUntil;
      });
      expect(lapsed).toBe(false);
      expect(lease.lapses).toBe(0);
      stop.abort();
      expect(await kept).toBe(false);
    },
    30_000,
  );

  it("does not hide that another worker has taken over, for good", async () => {
    const { wire, workerId, lease, kept } = await struckWorker();
    await store.workers.end(workerId);
    expect(await kept).toBe(true);
    expect(lease.isLost()).toBe(true);
    // The answer that waits says that the lease was renewed, before it was taken over.
    wire.calm();
    await store.workers.countLive();
    expect(lease.isValid()).toBe(false);
  }, 30_000);

  it("is not waited for at the end", async () => {
    const { lease, stop, kept } = await struckWorker();
    stop.abort();
    expect(await kept).toBe(false);
    expect(lease.isLost()).toBe(false);
  }, 30_000);
});

it("R5: an answer that comes later than others changes nothing: the lease lasts from the latest that was asked for", async () => {
  const workerId = randomUUID();
  const leaseMs = 2_000;
  let late = (): void => {};
  let asked = 0;
  const renew: Store["lease"]["renew"] = async (...given) => {
    asked += 1;
    const isFirst = asked === 1;
    const answer = await store.lease.renew(...given);
    if (isFirst) await new Promise<void>((resolve) => (late = resolve));
    return answer;
  };
  const lease = new WorkerLease({ store: { ...store, lease: { renew } }, workerId, leaseMs, log });
  await lease.register("test", process.pid);
  const stop = new AbortController();
  const kept = lease.keep(stop.signal);
  const lateAt = performance.now() + 1.5 * leaseMs;
  const watchedUntil = lateAt + 1.5 * leaseMs;
  let lapsed = false;
  await eventually("three leases to pass", () => {
    lapsed ||= !lease.isValid();
    if (performance.now() > lateAt) late();
    return performance.now() > watchedUntil;
  });
  expect(lapsed).toBe(false);
  expect(lease.lapses).toBe(0);
  stop.abort();
  expect(await kept).toBe(false);
}, 30_000);

it("R5: while no renewal is answered three of them wait at most, and the first answer in time counts", async () => {
  const workerId = randomUUID();
  let [waiting, most] = [0, 0];
  const renew: Store["lease"]["renew"] = async (...asked) => {
    waiting += 1;
    most = Math.max(most, waiting);
    try {
      return await store.lease.renew(...asked);
    } finally {
      waiting -= 1;
    }
  };
  const lease = new WorkerLease({ store: { ...store, lease: { renew } }, workerId, leaseMs: 2_000, log });
  await lease.register("test", process.pid);
  const stop = new AbortController();
  const kept = lease.keep(stop.signal);
  await store.transaction(async (tx) => {
    await tx.workers.register({ id: workerId, host: "test", pid: process.pid, leaseMs: 2_000 });
    await eventually("the lease to run out", () => !lease.isValid());
  });
  expect(most).toBe(3);
  await eventually("the lease to be renewed", () => lease.isValid());
  expect(lease.lapses).toBe(1);
  stop.abort();
  expect(await kept).toBe(false);
});

it("R5: a worker whose first lease was given, and the answer lost, asks again and has it", async () => {
  const workerId = randomUUID();
  const asked = { id: workerId, host: "test", pid: process.pid, leaseMs: 60_000 };
  await store.workers.register(asked);
  const lease = new WorkerLease({ store, workerId, leaseMs: 60_000, log });
  await lease.register("test", process.pid);
  expect(lease.isValid()).toBe(true);

  // Ended meanwhile, it has none, and is told so.
  await store.workers.end(workerId);
  await store.workers.register(asked);
  expect(await store.lease.renew(workerId, 60_000, 10_000)).toBe(false);
});
