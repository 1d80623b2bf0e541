import { codecFor } from "@/lib/brokers/codecs";
import { type PlanReplay, planReplay as planReplayBody } from "@/lib/contracts/replays";
import { DEFAULT_POLICY, type QueuePolicy } from "@/lib/domain/queue-policy";
import { getReplay } from "@/lib/usecases/replays/get-replay";
import { planReplay } from "@/lib/usecases/replays/plan-replay";
import { startReplay } from "@/lib/usecases/replays/start-replay";
import { makeDeadLetters, makePerson, makeQueue } from "./dead-letter-factory";
import { madeConfig } from "./made-config";
import { queueOfTest } from "./queue-of-test";
import { testDatabase, testStore } from "./test-database";

/** A database with a queue of twenty dead letters for each test, and replays of it that are planned and started, while no worker is at work. Call it once a test file. */
export async function planBench() {
  const database = await testDatabase();
  const store = testStore(database);
  const actor = await makePerson(database);
  const config = madeConfig();

  /** The queue that everything below means. No stop stands. */
  const { current, newQueue } = queueOfTest(async (entityPath) => {
    await database.query("DELETE FROM replay_stop");
    const queue = await makeQueue(database, { entityPath, settings: { maxDeliveryCount: 3, lockSeconds: 10 } });
    await makeDeadLetters(
      database,
      queue,
      Array.from({ length: 20 }, (_, n) => ({ key: String(n + 1) })),
    );
    return queue;
  });

  const plan = (more: Partial<PlanReplay> = {}) => {
    const parsed = planReplayBody.parse({ selection: { kind: "filter", filter: { queue: current().id } }, rate: 50 });
    return planReplay({ store, actor, config, codecFor }, { ...parsed, ...more });
  };
  const start = ({ id, planHash }: { id: string; planHash: string }) =>
    startReplay({ store, actor, config }, { id, planHash, reason: "the consumer is fixed", ticket: null });
  const started = async (more: Partial<PlanReplay>): Promise<string> => {
    const planned = await plan(more);
    await start(planned);
    return planned.id;
  };
  const detailOf = (id: string) => getReplay({ store }, { id });
  const givePolicy = (given: Partial<QueuePolicy>) =>
    store.transaction((tx) => tx.policies.save(current().id, { ...DEFAULT_POLICY, ...given }, actor.id));
  /** Puts times of a replay back by so many seconds; columns as one text. */
  const shift = (id: string, columns: string, seconds: number) =>
    database.query(
      `UPDATE replay SET ${columns
        .split(" ")
        .map((column) => `${column} = ${column} - make_interval(secs => $2)`)
        .join(", ")} WHERE id = $1`,
      [id, seconds],
    );

  return { database, store, actor, config, newQueue, plan, start, started, detailOf, givePolicy, shift };
}
