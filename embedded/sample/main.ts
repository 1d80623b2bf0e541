import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ServiceBusClient } from "@azure/service-bus";
import { connectBrokerControl } from "./broker-control";
import { createCounts } from "./consumer-counts";
import { ALL_CONSUMERS } from "./consumers/all-consumers";
import { startControlServer } from "./control-server";
import { loadEntities } from "./entities";
import { createLog } from "./log";
import { OptionError, type Options, readOptions } from "./options";
import { PORT_FILE } from "./port-file";
import { runConsumers } from "./run-consumers";
import { runProducers } from "./run-producers";
import { seedOnce } from "./seed-once";
import { createSend } from "./send-message";
import { openState } from "./state";
import { loadWebhookExamples } from "./traffic/webhooks";

/** The sample's one process: seeds the broker once, then runs all producers and consumers and the page that deploys fixes. */

/** The client's connections get this long to close; a broker that is gone would keep them waiting. */
const CLOSE_MS = 2_000;

const log = createLog((line) => console.log(line), Date.now);

try {
  await run(readOptions(process.argv.slice(2), process.env));
} catch (error) {
  console.error(error instanceof OptionError ? error.message : error);
  process.exit(1);
}

async function run(options: Options): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  });
  const control = await connectBrokerControl(options.brokerControlUrl);
  const entities = loadEntities();
  const state = openState(options.dataFolder);
  const examples = loadWebhookExamples();
  const seeded = await seedOnce({ control, entities, state, examples, scale: options.scale, now: new Date() });
  const counts = createCounts(ALL_CONSUMERS.map((consumer) => consumer.name));
  // Apart, since the library does not bring every receiver of a connection back that goes down again and again, as one
  // does on which the answers to sends are lost.
  const [client, sending] = [connect(options), connect(options)];
  const send = createSend(sending);
  const consumers = runConsumers({ client, entities, state, counts, send, log, epoch: seeded.epoch });
  const producers = runProducers({ examples, send, log, seed: Date.now() });
  const server = await startControlServer(options.controlPort, state, counts);
  const portFile = join(options.dataFolder, PORT_FILE);
  writeFileSync(portFile, String(server.port));
  log.say(`ready control=${server.port} seeded=${seeded.count}`);

  await stopped;
  producers.close();
  consumers.close();
  server.close();
  rmSync(portFile, { force: true });
  const closed = Promise.all([client.close(), sending.close()]);
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, CLOSE_MS))]);
  process.exit(0);
}

function connect({ connectionString }: Options): ServiceBusClient {
  return new ServiceBusClient(connectionString, {
    retryOptions: { maxRetries: 3, retryDelayInMs: 500, maxRetryDelayInMs: 5_000, timeoutInMs: 10_000 },
  });
}
