import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
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
    await tx.workers.renew(workerId, 1_000);
    await eventually("the lease to run out", () => !lease.isValid());
  });
  await eventually("the lease to be renewed", () => lease.isValid());
  expect(lease.lapses).toBe(1);
  stop.abort();
  expect(await kept).toBe(false);
});
