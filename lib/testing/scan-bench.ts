import { randomUUID } from "node:crypto";
import { refreshQueues } from "@/lib/usecases/scans/refresh-queues";
import { scanQueue, type TurnOutcome } from "@/lib/usecases/scans/scan-queue";
import { MadeUpBroker } from "./made-up-broker";
import { testDatabase, testStore } from "./test-database";

/** Messages at these positions, both included. */
export const positions = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => ({ position: from + i }));

/** A database, scans of the broker that was made last, and what they have written of its queue "orders". */
export async function scanBench() {
  const database = await testDatabase();
  const store = testStore(database);
  const workerId = randomUUID();
  let broker: MadeUpBroker;

  async function rows(entityPath = "orders") {
    return database.query<{
      key: string;
      left_how: string | null;
      description: string | null;
      message_id: string | null;
      encoded: Buffer | null;
      id: string;
    }>(
      `SELECT d.id, d.key, d.left_how, d.description, d.message_id, c.encoded FROM dead_letter d
       JOIN queue q ON q.id = d.queue_id JOIN namespace n ON n.id = q.namespace_id
       LEFT JOIN dead_letter_content c ON c.dead_letter_id = d.id
       WHERE n.name = $1 AND q.entity_path = $2 ORDER BY d.position, d.id`,
      [broker.namespace, entityPath],
    );
  }

  return {
    ...{ database, store, rows },

    /** A broker with an empty queue "orders" in a namespace of its own. */
    async anew(): Promise<MadeUpBroker> {
      broker = new MadeUpBroker(`ns-${randomUUID()}`);
      broker.addQueue("orders");
      await store.scans.syncNamespaces([{ name: broker.namespace, broker: "service-bus" }]);
      await refreshQueues({ store, broker });
      return broker;
    },

    /** One turn at every DLQ; with a walk, unless the time between two walks is given. */
    async scan({
      worker = workerId,
      walkSeconds = 0,
      keepBytes = 1_000_000,
      turnMs = 60_000,
      onIntake = () => {},
    } = {}) {
      if (walkSeconds === 0) await database.query("UPDATE queue SET walked_at = walked_at - interval '1 hour'");
      const claimed = await store.scans.claim({
        worker,
        namespaces: [broker.namespace],
        busy: [],
        limit: 10,
        leaseSeconds: 30,
      });
      const outcomes: TurnOutcome[] = [];
      for (const queue of claimed) {
        const outcome = await scanQueue(
          {
            store,
            broker,
            workerId: worker,
            leaseSeconds: 30,
            keepBytes,
            queue,
            until: performance.now() + turnMs,
            signal: new AbortController().signal,
            onIntake,
          },
          { watchSeconds: 10, walkSeconds },
        );
        const readThrough = outcome.kind === "claim-lost" ? null : outcome.readThrough;
        await store.scans.release(queue.id, worker, {
          inSeconds: 0,
          clearError: outcome.kind === "scanned",
          readThrough,
        });
        // The row of the queue has it, and it is another one each time.
        outcomes.push({
          ...outcome,
          ...(outcome.kind === "claim-lost" ? {} : { readThrough: undefined }),
        } as TurnOutcome);
      }
      return outcomes;
    },

    /** Positions of the messages that count as being there. */
    present: async () => (await rows()).filter((row) => row.left_how === null).map((row) => Number(row.key)),

    /** The row of the queue. */
    async state() {
      const [queue] = await database.query<Record<string, unknown>>(
        "SELECT q.* FROM queue q JOIN namespace n ON n.id = q.namespace_id WHERE n.name = $1 AND entity_path = 'orders'",
        [broker.namespace],
      );
      return queue as Record<string, unknown>;
    },
  };
}
