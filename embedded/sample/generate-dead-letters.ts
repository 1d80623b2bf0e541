import { type SimulatedDeadLetter, type Simulation, simulate } from "./simulate";
import type { SampleMessage } from "./traffic/message";
import { orderCreated } from "./traffic/orders";
import { createRandom, type Random } from "./traffic/random";
import { SCENARIOS, type Scenario } from "./traffic/scenarios";
import { type loadWebhookExamples, webhookReceived } from "./traffic/webhooks";

export type Scale = "small" | "full";

const SHARE: Record<Scale, number> = { small: 0.07, full: 1 };
const FEWEST = 6;
const SEED = 20_261_121;
const HOUR_MS = 3_600_000;

/**
 * The dead letters of the days before the sample began, oldest first: the same for one scale and one epoch on every
 * machine.
 */
export function generateDeadLetters(
  scale: Scale,
  simulation: Simulation,
  examples: ReturnType<typeof loadWebhookExamples>,
): SimulatedDeadLetter[] {
  const deadLetters = SCENARIOS.flatMap((scenario, index) => {
    const random = createRandom(SEED + index);
    const count = Math.max(FEWEST, Math.round(scenario.count * SHARE[scale]));
    return Array.from({ length: count }, (_, number) => {
      const hours = scenario.ages(number, count, random);
      const at = new Date(Math.round(simulation.epoch.getTime() - hours * HOUR_MS));
      const first = createMessage(scenario, `${scenario.name}/${SEED}/${number}`, examples, random, at);
      return simulate(first, at, simulation);
    }).flat();
  });
  return deadLetters.sort((one, other) => one.enqueuedAt.getTime() - other.enqueuedAt.getTime());
}

/** The first message of a scenario's flow. */
export function createMessage(
  scenario: Pick<Scenario, "sends">,
  key: string,
  examples: ReturnType<typeof loadWebhookExamples>,
  random: Random,
  at: Date,
): SampleMessage {
  return "order" in scenario.sends
    ? orderCreated(key, scenario.sends.order, random, at)
    : webhookReceived(examples, key, scenario.sends.webhook, random, at);
}
