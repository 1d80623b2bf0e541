import type { BrokerControl } from "./broker-control";
import type { Entity } from "./entities";
import { generateDeadLetters, type Scale } from "./generate-dead-letters";
import { createRuleMatcher } from "./match-rules";
import type { SampleState } from "./state";
import type { loadWebhookExamples } from "./traffic/webhooks";

export interface Seeding {
  readonly control: BrokerControl;
  readonly entities: readonly Entity[];
  readonly state: SampleState;
  readonly examples: ReturnType<typeof loadWebhookExamples>;
  readonly scale: Scale;
  readonly now: Date;
}

/**
 * Gives the broker the dead letters of the days before the first start; later starts give nothing. A start that was cut
 * short is taken up again by entity: the dead letters follow from the epoch, which is kept first. Only a crash between the
 * broker's answer and the mark doubles one entity's.
 */
export async function seedOnce(seeding: Seeding): Promise<{ count: number; epoch: Date }> {
  const { control, entities, state, now } = seeding;
  const epoch = state.epoch ?? now;
  if (state.epoch === null) state.begin(epoch);
  const missing = entities.filter((entity) => !state.isSeeded(entity.path));
  if (missing.length === 0) return { count: 0, epoch };
  const simulation = { entities, matches: createRuleMatcher(entities), epoch };
  const deadLetters = generateDeadLetters(seeding.scale, simulation, seeding.examples);
  let count = 0;
  for (const entity of missing) {
    const own = deadLetters.filter((deadLetter) => deadLetter.entity === entity.path);
    if (own.length > 0) await control.seed(entity.path, own);
    state.markSeeded(entity.path);
    count += own.length;
  }
  return { count, epoch };
}
