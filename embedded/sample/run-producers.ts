import { createMessage } from "./generate-dead-letters";
import type { Log } from "./log";
import type { SendMessage } from "./send-message";
import { createRandom, type Random } from "./traffic/random";
import { SCENARIOS, type Scenario } from "./traffic/scenarios";
import type { loadWebhookExamples } from "./traffic/webhooks";

export interface ProducerHost {
  readonly examples: ReturnType<typeof loadWebhookExamples>;
  readonly send: SendMessage;
  readonly log: Log;
  readonly seed: number;
}

/** Mean time between two new orders or webhooks; each order causes some eight more messages. */
const MEAN_MS = 1_800;
/** One flow in this many goes wrong somewhere. */
const FAILS_ONE_IN = 18;

const PLAIN: readonly [Pick<Scenario, "sends">, ...Pick<Scenario, "sends">[]] = [
  { sends: { order: {} } },
  { sends: { webhook: "plain" } },
];

/** Sends new orders and webhooks at a gentle, uneven rate until closed. A broker that is away costs messages, not the process. */
export function runProducers(host: ProducerHost): { close(): void } {
  const random = createRandom(host.seed);
  const failing = SCENARIOS.filter((scenario) => scenario.live);
  let number = 0;
  let timer: NodeJS.Timeout;
  const sendNext = () => {
    number += 1;
    const scenario = random.chance(1 / FAILS_ONE_IN) ? byCount(failing, random) : random.pick(PLAIN);
    const message = createMessage(scenario, `live/${host.seed}/${number}`, host.examples, random, new Date());
    host.send(message).catch((error: unknown) => host.log.fault(`send to ${message.to}`, error));
    timer = setTimeout(sendNext, pause(random));
  };
  timer = setTimeout(sendNext, pause(random));
  return { close: () => clearTimeout(timer) };
}

/** Exponential, as independent customers arrive, without the longest waits. */
function pause(random: Random): number {
  return Math.min(MEAN_MS * 4, -Math.log(1 - random.next()) * MEAN_MS);
}

/** A scenario with the weight that it had in the past. */
function byCount(scenarios: readonly Scenario[], random: Random): Pick<Scenario, "sends"> {
  const total = scenarios.reduce((sum, scenario) => sum + scenario.count, 0);
  let rest = random.next() * total;
  for (const scenario of scenarios) {
    rest -= scenario.count;
    if (rest < 0) return scenario;
  }
  return PLAIN[0];
}
