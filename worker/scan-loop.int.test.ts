import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BrokerError } from "@/lib/brokers/broker";
import { eventually } from "@/lib/testing/eventually";
import { MadeUpBroker } from "@/lib/testing/made-up-broker";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { scanLoop } from "./scan-loop";

const database = await testDatabase();
const store = testStore(database, 10);

let broker: MadeUpBroker;
const running: { stop: AbortController; ended: Promise<void> }[] = [];

beforeEach(() => {
  broker = new MadeUpBroker(`ns-${randomUUID()}`);
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((loop) => end(loop)));
});

function start(watchSeconds = 1, credits: number | null = null) {
  const stop = new AbortController();
  const lines: { fields: Record<string, unknown>; message: string }[] = [];
  const take = (fields: object, message: string) => lines.push({ fields: { ...fields }, message });
  const namespace = { name: broker.namespace, broker: "service-bus", scanCreditsPerSecond: credits };
  const ended = scanLoop({
    store,
    brokers: [broker],
    config: { namespaces: [namespace], scan: { watchSeconds, walkSeconds: 5, keepBytes: 1_000_000, retainDays: 30 } },
    workerId: randomUUID(),
    log: { debug: take, info: take, warn: take },
    signal: stop.signal,
  });
  const loop = { stop, ended, lines };
  running.push(loop);
  return loop;
}

async function end({ stop, ended }: { stop: AbortController; ended: Promise<void> }): Promise<number> {
  const began = performance.now();
  stop.abort();
  await ended;
  return performance.now() - began;
}

const presentCount = async () => {
  const [row] = await database.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM dead_letter d JOIN queue q ON q.id = d.queue_id JOIN namespace n ON n.id = q.namespace_id
     WHERE n.name = $1 AND d.left_at IS NULL`,
    [broker.namespace],
  );
  return row?.n;
};

const queue = async (entityPath: string) => {
  const rows = await database.query<Record<string, unknown>>(
    "SELECT q.* FROM queue q JOIN namespace n ON n.id = q.namespace_id WHERE n.name = $1 AND q.entity_path = $2",
    [broker.namespace, entityPath],
  );
  return rows[0];
};

const positions = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => ({ position: from + i }));

describe("the scan loop", () => {
  it("lists, scans, looks again, and gives its claims back at the end", async () => {
    broker.addQueue("orders");
    broker.addQueue("payments");
    broker.put("orders", ...positions(1, 30));
    broker.put("payments", ...positions(1, 3));
    const loop = start();
    await eventually("all messages in the index", async () => (await presentCount()) === 33);
    broker.put("orders", { position: 31 });
    await eventually("the new message in the index", async () => (await presentCount()) === 34);
    await eventually("nobody holds a claim", async () => (await queue("orders"))?.scan_lease_worker === null);
    expect(await end(loop)).toBeLessThan(2_000);
    expect(await queue("orders")).toMatchObject({ scan_lease_worker: null, scan_error: null });
  });

  it("shares the DLQs among workers: every message once, every page by one of them", async () => {
    for (let i = 0; i < 12; i++) {
      broker.addQueue(`queue-${i}`);
      broker.put(`queue-${i}`, ...positions(1, 120));
    }
    const loops = [start(60), start(60)];
    await eventually("all messages in the index", async () => (await presentCount()) === 1_440);
    await Promise.all(loops.map(end));
    const walks = broker.peeks.filter(([, , max]) => max > 1).map(([path, from]) => `${path} ${from}`);
    expect(walks.length).toBe(new Set(walks).size);
  });

  it("ends within two seconds although the broker does not answer, and writes nothing of a late answer", async () => {
    broker.addQueue("orders");
    broker.put("orders", ...positions(1, 10));
    let answer = () => {};
    const asked = new Promise<void>((resolve) => {
      broker.onPeek = () => {
        resolve();
        return new Promise<void>((late) => {
          answer = late;
        });
      };
    });
    const loop = start();
    await asked;
    expect(await end(loop)).toBeLessThan(2_000);
    expect((await queue("orders"))?.scan_lease_worker).toBeNull();
    answer();
    await eventually("the late answer taken", () =>
      loop.lines.some(({ message }) => message === "another worker has taken the scan over"),
    );
    expect(await presentCount()).toBe(0);
  });

  it("keeps the failure of one DLQ with that DLQ, and clears it when it can be read again", async () => {
    broker.addQueue("broken");
    broker.addQueue("orders");
    broker.put("orders", ...positions(1, 5));
    broker.put("broken", ...positions(1, 5));
    let broken = true;
    const answers = broker.peek.bind(broker);
    broker.peek = async (address, from, max) => {
      if (broken && address.entityPath === "broken")
        throw new BrokerError("unauthorized", "Listen is needed on broken.");
      return answers(address, from, max);
    };
    const { lines } = start();
    await eventually(
      "the error shown",
      async () => (await queue("broken"))?.scan_error === "Listen is needed on broken.",
    );
    await eventually("the other DLQ read", async () => (await presentCount()) === 5);
    expect(lines.some(({ fields }) => fields.queue === "broken" && fields.code === "unauthorized")).toBe(true);
    broken = false;
    await eventually("both read", async () => (await presentCount()) === 10);
    await eventually("the error gone", async () => (await queue("broken"))?.scan_error === null);
  });

  it("leaves a busy broker alone, then goes on", async () => {
    broker.addQueue("orders");
    broker.put("orders", ...positions(1, 5));
    let busyUntil = Number.POSITIVE_INFINITY;
    const during: number[] = [];
    broker.onPeek = () => {
      if (performance.now() > busyUntil) return;
      during.push(performance.now());
      busyUntil = Math.min(busyUntil, (during[0] ?? 0) + 1_000);
      throw new BrokerError("server-busy", "The namespace is throttled (50009).", { transient: true });
    };
    start();
    await eventually("read after all", async () => (await presentCount()) === 5);
    expect(during.length).toBe(1);
  });

  it("stays within its credits over all workers, and comes to the end all the same", async () => {
    broker.addQueue("orders");
    broker.addQueue("payments");
    broker.put("orders", ...positions(1, 400));
    broker.put("payments", ...positions(1, 400));
    const read: { at: number; messages: number }[] = [];
    broker.onPeek = (_, answer) => {
      read.push({ at: performance.now(), messages: Math.max(1, answer.length) });
    };
    const perSecond = 300;
    const began = performance.now();
    start(60, perSecond);
    start(60, perSecond);
    await eventually("all messages in the index", async () => (await presentCount()) === 800, 15_000);
    const seconds = ((read.at(-1)?.at ?? 0) - began) / 1000;
    const used = read.reduce((sum, page) => sum + page.messages, 0);
    expect(used).toBeLessThanOrEqual(perSecond * (seconds + 1));
    expect(used).toBeGreaterThanOrEqual(800);
  });

  it("looks into the listing when an entity is not found, and marks it as vanished", async () => {
    broker.addQueue("orders");
    broker.put("orders", ...positions(1, 5));
    start();
    await eventually("read", async () => (await presentCount()) === 5);
    broker.deleteQueue("orders");
    await eventually("vanished", async () => (await queue("orders"))?.vanished_at !== null);
    expect(await presentCount()).toBe(5);
  });

  it("waits for a database that is gone, and goes on when it is back", async () => {
    broker.addQueue("orders");
    broker.put("orders", ...positions(1, 5));
    const { lines } = start();
    await eventually("read", async () => (await presentCount()) === 5);
    await database.query("ALTER TABLE queue RENAME TO queue_away");
    await eventually("waiting", () => lines.some(({ message }) => message.includes("waits for the database")));
    await database.query("ALTER TABLE queue_away RENAME TO queue");
    broker.put("orders", { position: 6 });
    await eventually("goes on", async () => (await presentCount()) === 6, 20_000);
  });
});
