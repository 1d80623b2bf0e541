import { afterAll } from "vitest";
import type { ListedFault } from "../../../embedded/broker/control/fault-plan";
import type { RunningBroker } from "../../../embedded/broker/start-broker";
import { makePerson } from "../dead-letter-factory";
import { configFor, ReplayBench } from "../replay-bench";
import { testBroker } from "../test-broker";
import { testDatabase, testStore } from "../test-database";
import { control } from "./broker-control";
import { keepItemHistory, type Query } from "./item-history";
import { type Lane, laneEntities } from "./lanes";

export interface ChaosStack {
  readonly bench: ReplayBench;
  readonly broker: RunningBroker;
  readonly query: Query;
}

/** A broker with the lanes' entities, a database that keeps the items' history, and a bench over both; closed with the test file. */
export async function chaosStack(lanes: readonly Lane[]): Promise<ChaosStack> {
  const database = await testDatabase();
  const broker = await testBroker(laneEntities(lanes));
  await keepItemHistory(database.query);
  const bench = new ReplayBench({
    broker,
    config: configFor(broker, database.url),
    store: testStore(database),
    actor: await makePerson(database),
  });
  afterAll(() => bench.close());
  return { bench, broker, query: database.query };
}

/** The faults that are not used up. */
export async function plannedFaults(broker: RunningBroker): Promise<ListedFault[]> {
  const { faults } = (await control(broker, "GET", "/faults")) as { faults: ListedFault[] };
  return faults;
}
