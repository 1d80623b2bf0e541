import { expect, it } from "vitest";
import { amqpString } from "@/lib/amqp/values";
import { makePerson } from "@/lib/testing/dead-letter-factory";
import { engineContext } from "@/lib/testing/engine-context";
import { messageProperties } from "@/lib/testing/messages";
import { configFor, emulatorConfig, queueOf, ReplayBench } from "@/lib/testing/replay-bench";
import { testBroker } from "@/lib/testing/test-broker";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { Patience } from "./patience";

const broker = await testBroker(emulatorConfig({ queues: ["first", "second"].map((name) => queueOf(name)) }));
const database = await testDatabase();
const bench = new ReplayBench({
  broker,
  config: configFor(broker, database.url),
  store: testStore(database),
  actor: await makePerson(database),
});

it("R11: replays pause, with the reason in words, when the broker has taken nothing for two minutes on end", async () => {
  const letter = { properties: messageProperties({ messageId: amqpString("m") }) };
  for (const queue of ["first", "second"]) await bench.seed(queue, [letter]);
  await bench.index();
  // Nobody is at work on them.
  const ids = [await bench.start("first"), await bench.start("second")];
  let now = 0;
  const patience = new Patience({ ...(await engineContext(bench)), now: () => now }, () => ids);
  const replays = async () => Promise.all(ids.map(async (id) => (await bench.detail(id)).replay));

  await patience.later("the broker is busy");
  expect(patience.wait(now)).toBeGreaterThan(1_000);
  for (const { state, notice } of await replays()) {
    expect(state).toBe("running");
    expect(notice).toMatch(/^the broker is busy; trying again in \d s$/);
  }

  now = 119_000;
  await patience.later("the broker is busy");
  const said = patience.recovered();
  expect(said).toMatch(/^the broker is busy; trying again in \d s$/);
  expect(patience.recovered(), "said once").toBeNull();
  // What is taken back is the word that was said, of each replay that still has it: another has been said of the first meanwhile.
  await bench.store.ledger.notice(ids[0] as string, "the target is full");
  await bench.store.ledger.unsay(ids, said as string);
  expect((await replays()).map(({ notice }) => notice)).toEqual(["the target is full", null]);
  expect(patience.wait(now)).toBeLessThanOrEqual(0);
  now = 125_000;
  await patience.later("the broker cannot be reached: gone");
  now = 244_000;
  await patience.later("the broker cannot be reached: gone");
  expect((await replays()).map(({ state }) => state)).toEqual(["running", "running"]);

  now = 320_000;
  await patience.later("the broker cannot be reached: gone");
  for (const { state, pauseReason } of await replays())
    expect([state, pauseReason]).toEqual(["paused", "the broker cannot be reached: gone, for 195 s"]);
  await bench.close();
});
