import { createHash, randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { BrokerError } from "@/lib/brokers/broker";
import type { Store } from "@/lib/store/ports";
import { MadeUpBroker } from "@/lib/testing/made-up-broker";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { refreshQueues } from "./refresh-queues";
import { scanQueue } from "./scan-queue";

/**
 * A made-up DLQ that changes under the scanner's eyes, in every way at once, held against its picture: whatever happened before, one full
 * walk after it makes them equal, and until then the page says that it is not complete.
 */
const database = await testDatabase();
const store = testStore(database);
const signal = new AbortController().signal;
const PARTITION_BITS = 48n;

interface Dice {
  whole(below: number): number;
  chance(share: number): boolean;
}

/** The same throws for one seed: a failure can be seen again. */
function dice(seed: number): Dice {
  let state = seed;
  const next = () => {
    state = createHash("sha256").update(String(state)).digest().readUInt32BE();
    return state / 2 ** 32;
  };
  return { whole: (below) => Math.floor(next() * below), chance: (share) => next() < share };
}

/** Dies in the middle of a page: everything of its transaction was written, nothing is committed. */
class Killed extends Error {}

/** What can happen to a DLQ and to those who read it. */
const TROUBLES = [
  "late arrival below the mark",
  "removed by another tool",
  "dead-lettered again",
  "made anew in the same place",
  "count that lags",
  "count that is not to be had",
  "server busy",
  "taken over by the other worker",
  "worker killed in a page",
] as const;
type Trouble = (typeof TROUBLES)[number];

class World {
  readonly broker = new MadeUpBroker(`ns-${randomUUID()}`);
  readonly workers = [randomUUID(), randomUUID()];
  readonly #dice: Dice;
  readonly #partitions: number;
  readonly #there = new Set<bigint>();
  /** When each place last changed, by the database's clock. */
  readonly #changedAt = new Map<bigint, Date>();
  readonly happened = new Map<Trouble, number>();
  #bodies = 0;
  #isCalm = false;
  #isTakenOver = false;

  constructor(seed: number, partitions: number) {
    this.#dice = dice(seed);
    this.#partitions = partitions;
    this.broker.addQueue("orders", { partitioned: partitions > 1 });
    this.broker.pageLimit = 7;
    this.broker.onPeek = () => this.#whileAPeekIsOut();
    const count = this.broker.countDeadLetters.bind(this.broker);
    // A count lags, or is not to be had.
    this.broker.countDeadLetters = async (queue) => {
      const reading = await count(queue);
      if (this.#dice.chance(0.3) || reading === null) {
        this.#happens("count that is not to be had");
        return null;
      }
      this.#happens("count that lags");
      return { ...reading, count: reading.count + BigInt(1 + this.#dice.whole(50)) };
    };
  }

  async begin(): Promise<void> {
    await store.scans.syncNamespaces([{ name: this.broker.namespace, broker: "service-bus" }]);
    await refreshQueues({ store, broker: this.broker });
    const at = await store.now();
    for (let n = 0; n < 40; n++) this.#arrive(at);
  }

  /** Nothing happens to the DLQ any more, and nobody dies. */
  calm(): void {
    this.#isCalm = true;
  }

  /** A turn of either worker, if the DLQ is to be had. */
  async turn(worker = this.workers[this.#dice.whole(2)] as string): Promise<void> {
    const claim = { worker, namespaces: [this.broker.namespace], busy: [], limit: 1, leaseSeconds: 0.02 };
    const [queue] = await store.scans.claim(claim);
    if (queue === undefined) return;
    const context = {
      store: this.#isCalm ? store : this.#mortal(),
      broker: this.broker,
      workerId: worker,
      leaseSeconds: 0.02,
      keepBytes: 1_000,
      queue,
      until: performance.now() + this.#dice.whole(4),
      signal,
    };
    try {
      await scanQueue(context, { watchSeconds: 0.001, walkSeconds: 0.001, countSeconds: 0 });
      await store.scans.release(queue.id, worker, { inSeconds: 0, clearError: true });
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
  }

  async inDlq(): Promise<string[]> {
    this.broker.pageLimit = 10_000;
    const { onPeek } = this.broker;
    this.broker.onPeek = () => {};
    const messages = await this.broker.peek({ entityPath: "orders", subQueue: "dead-letter" }, 0n, 10_000);
    this.broker.onPeek = onPeek;
    this.broker.pageLimit = 7;
    return messages.map((message) => `${message.key} ${Buffer.from(message.contentHash).toString("hex")}`).sort();
  }

  async inPicture(): Promise<string[]> {
    const rows = await database.query<{ key: string; hash: string }>(
      `SELECT d.key, encode(d.content_hash, 'hex') AS hash FROM dead_letter d JOIN queue q ON q.id = d.queue_id JOIN namespace n ON n.id = q.namespace_id
       WHERE n.name = $1 AND d.left_at IS NULL`,
      [this.broker.namespace],
    );
    return rows.map((row) => `${row.key} ${row.hash}`).sort();
  }

  /**
   * What the picture says although it is not so: it says "complete as of", and what has not changed since then must be in it as it is. What
   * changed later may be known already or not.
   */
  async untruths(): Promise<string[]> {
    const { walkedAt } = (await this.summary()).scan;
    if (walkedAt === null) return [];
    const isSettled = (entry: string) => {
      const changedAt = this.#changedAt.get(BigInt(entry.split(" ")[0] as string));
      return changedAt !== undefined && changedAt < new Date(walkedAt);
    };
    const [there, shown] = [new Set(await this.inDlq()), new Set(await this.inPicture())];
    return [
      ...[...there].filter((entry) => isSettled(entry) && !shown.has(entry)).map((entry) => `not shown: ${entry}`),
      ...[...shown].filter((entry) => isSettled(entry) && !there.has(entry)).map((entry) => `not there: ${entry}`),
    ];
  }

  async summary() {
    const { queues } = await store.queues.overview();
    const found = queues.find((queue) => queue.namespace === this.broker.namespace);
    if (found === undefined) throw new Error("the queue is not listed");
    return found;
  }

  #mortal(): Store {
    return {
      ...store,
      page: (work) =>
        store.page(async (tx) => {
          const result = await work(tx);
          if (this.#dice.chance(0.06)) {
            this.#happens("worker killed in a page");
            throw new Killed();
          }
          return result;
        }),
    };
  }

  async #whileAPeekIsOut(): Promise<void> {
    if (this.#isCalm) return;
    const at = await store.now();
    for (let n = this.#dice.whole(3); n > 0; n--) this.#change(at);
    if (!this.#isTakenOver && this.#dice.chance(0.06)) await this.#takeOver();
    if (this.#dice.chance(0.05)) {
      this.#happens("server busy");
      throw new BrokerError("server-busy", "The namespace is busy.", { transient: true });
    }
  }

  /** The lease runs out while the answer is on its way, and the other worker reads on from what is recorded. */
  async #takeOver(): Promise<void> {
    this.#isTakenOver = true;
    const taken = await database.query<{ scan_lease_worker: string }>(
      `UPDATE queue q SET scan_lease_until = now() - interval '1 s' FROM namespace n
       WHERE n.id = q.namespace_id AND n.name = $1 AND q.scan_lease_worker IS NOT NULL RETURNING q.scan_lease_worker`,
      [this.broker.namespace],
    );
    const other = this.workers.find((worker) => worker !== taken[0]?.scan_lease_worker);
    if (taken.length > 0 && other !== undefined) {
      this.#happens("taken over by the other worker");
      await this.turn(other);
    }
    this.#isTakenOver = false;
  }

  #happens(trouble: Trouble): void {
    this.happened.set(trouble, (this.happened.get(trouble) ?? 0) + 1);
  }

  #change(at: Date): void {
    const there = [...this.#there];
    const one = there[this.#dice.whole(Math.max(1, there.length))];
    switch (this.#dice.whole(4)) {
      case 0:
        this.#arrive(at);
        break;
      case 1:
        if (one === undefined) break;
        this.#happens("removed by another tool");
        this.#leave(one, at);
        break;
      case 2:
        // Received by another tool and dead-lettered again: the same message at a new place.
        if (one === undefined) break;
        this.#happens("dead-lettered again");
        this.#leave(one, at);
        this.#arrive(at, `body of ${one}`);
        break;
      case 3:
        // The same place, another message: the queue was deleted and made anew.
        if (one === undefined || !this.#dice.chance(0.3)) break;
        this.#happens("made anew in the same place");
        this.#put(one, `another body ${this.#bodies++}`, at);
        break;
    }
  }

  /** Anywhere: above all that is there, or below it. */
  #arrive(at: Date, body = `a body ${this.#bodies++}`): void {
    const partition = BigInt(this.#dice.whole(this.#partitions)) << PARTITION_BITS;
    const position = partition + BigInt(1 + this.#dice.whole(2_000));
    if ([...this.#there].some((other) => other > position)) this.#happens("late arrival below the mark");
    this.#put(position, body, at);
  }

  #put(position: bigint, body: string, at: Date): void {
    this.broker.put("orders", { position, body });
    this.#there.add(position);
    this.#changedAt.set(position, at);
  }

  #leave(position: bigint, at: Date): void {
    this.broker.take("orders", position);
    this.#there.delete(position);
    this.#changedAt.set(position, at);
  }
}

beforeEach(async () => {
  await database.query("UPDATE namespace SET configured = false");
});

describe("a DLQ in motion and its picture", () => {
  it.each([
    [1, 1],
    [2, 1],
    [3, 1],
    [4, 3],
    [5, 3],
  ])(
    "are equal after one full walk: seed %i, %i partitions",
    async (seed, partitions) => {
      const world = new World(seed, partitions);
      await world.begin();
      expect((await world.summary()).scan).toMatchObject({ walkedAt: null });
      for (let n = 0; n < 30 || (n < 300 && world.happened.size < TROUBLES.length); n++) {
        await world.turn();
        expect(await world.untruths()).toEqual([]);
      }
      // What never happened was not tried.
      expect([...world.happened.keys()].toSorted()).toEqual([...TROUBLES].toSorted());
      world.calm();
      const stillFrom = await store.now();
      // A walk that began before may have passed by what came in since.
      let completeFrom: string | null = null;
      for (let n = 0; n < 400 && (completeFrom === null || new Date(completeFrom) < stillFrom); n++) {
        await world.turn();
        ({ walkedAt: completeFrom } = (await world.summary()).scan);
      }
      expect(new Date(completeFrom ?? 0).getTime()).toBeGreaterThanOrEqual(stillFrom.getTime());
      expect(await world.inPicture()).toEqual(await world.inDlq());
      const summary = await world.summary();
      expect(summary.indexed).toBe((await world.inDlq()).length);
      expect(await store.rollups.differences()).toEqual([]);
    },
    60_000,
  );

  it("says how far a first walk has come, and of how many", async () => {
    const world = new World(6, 1);
    await world.begin();
    world.calm();
    // Turns that are over at once: each part of one reads a page.
    for (let n = 0; n < 3; n++) await world.turn();
    const { scan, indexed } = await world.summary();
    expect(scan).toMatchObject({ walkedAt: null, walking: true });
    expect(scan.walkSeen).toBeGreaterThan(0);
    expect(scan.walkSeen).toBeLessThan((await world.inDlq()).length);
    expect(indexed).toBeGreaterThanOrEqual(scan.walkSeen ?? 0);
  });
});
