import { pino } from "pino";
import type { NamespaceConfig } from "@/lib/contracts/configuration";
import type { Timing } from "@/lib/usecases/replays/engine/context";
import { runWorker } from "../../worker/run-worker";
import { makePerson } from "./dead-letter-factory";
import { configFor, emulatorConfig, ReplayBench, SHORT } from "./replay-bench";
import { testBroker } from "./test-broker";
import { type TestDatabase, testDatabase, testStore } from "./test-database";

export interface WorkingBench {
  readonly bench: ReplayBench;
  readonly database: TestDatabase;
  readonly administrationUrl: string;
  readonly controlUrl: string;
  /** What its worker has logged. */
  readonly lines: readonly string[];
  /** Stops the worker, which must end by itself, and what it worked with. */
  readonly end: () => Promise<void>;
}

/** A broker with these entities, a database, and one worker at work between them, with the short times of tests unless others are given; it does not scan. */
export async function workingBench(
  entities: Parameters<typeof emulatorConfig>[0],
  timing: Timing = SHORT,
  namespace: Partial<NamespaceConfig> = {},
): Promise<WorkingBench> {
  const broker = await testBroker(emulatorConfig(entities));
  if (broker.controlUrl === null) throw new Error("the broker has no control port");
  const database = await testDatabase();
  const config = configFor(broker, database.url, namespace);
  const bench = new ReplayBench({ broker, config, store: testStore(database, 10), actor: await makePerson(database) });
  const lines: string[] = [];
  const log = pino({ level: "debug" }, { write: (line: string) => void lines.push(line) });
  const stop = new AbortController();
  const worker = runWorker({ config, log, signal: stop.signal, timing, scans: false });
  return {
    ...{ bench, database, lines, administrationUrl: broker.administrationUrl, controlUrl: broker.controlUrl },
    end: async () => {
      stop.abort();
      const code = await worker;
      await bench.close();
      if (code !== 0) throw new Error(`the worker ended with ${code}:\n${lines.slice(-15).join("")}`);
    },
  };
}
