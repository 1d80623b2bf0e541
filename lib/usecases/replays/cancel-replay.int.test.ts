import pg from "pg";
import { expect, it } from "vitest";
import { amqpString } from "@/lib/amqp/values";
import { makePerson } from "@/lib/testing/dead-letter-factory";
import { engineContext } from "@/lib/testing/engine-context";
import { messageProperties } from "@/lib/testing/messages";
import { configFor, emulatorConfig, queueOf, ReplayBench } from "@/lib/testing/replay-bench";
import { testBroker } from "@/lib/testing/test-broker";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { cancelReplay } from "./cancel-replay";
import { upkeep } from "./engine/upkeep";

const broker = await testBroker(emulatorConfig({ queues: [queueOf("orders")] }));
const database = await testDatabase();
const store = testStore(database);
const actor = await makePerson(database);
const bench = new ReplayBench({ broker, config: configFor(broker, database.url), store, actor });

it("R4: a cancellation does not wait for rows that an intent holds, and what stays planned is cancelled after it", async () => {
  const letters = ["a", "b", "c"].map((id) => ({ properties: messageProperties({ messageId: amqpString(id) }) }));
  await bench.seed("orders", letters);
  await bench.index();
  const id = await bench.start("orders");
  const intent = new pg.Client(database.url);
  await intent.connect();
  try {
    await intent.query("BEGIN");
    await intent.query("SELECT 1 FROM replay_item WHERE replay_id = $1 ORDER BY position LIMIT 1 FOR NO KEY UPDATE", [
      id,
    ]);
    expect(await cancelReplay({ store, actor }, { id })).toEqual({ cancelled: 2 });
    await intent.query("ROLLBACK");
  } finally {
    await intent.end();
  }
  expect((await bench.detail(id)).replay).toMatchObject({ state: "cancelled", items: { planned: 1, cancelled: 2 } });
  await upkeep(await engineContext(bench));
  expect((await bench.detail(id)).replay.items).toMatchObject({ planned: 0, cancelled: 3 });
  await bench.close();
});
