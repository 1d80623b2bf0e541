import { ALL_CONSUMERS } from "./consumers/all-consumers";
import { type Consumer, consume } from "./consumers/consumer";
import type { Entity } from "./entities";
import { asDelivery } from "./traffic/encode-message";
import type { SampleMessage } from "./traffic/message";

/** A message that died on its way, as the broker would keep it. */
export interface SimulatedDeadLetter {
  readonly entity: string;
  readonly message: SampleMessage;
  readonly enqueuedAt: Date;
  readonly reason: string;
  readonly description: string;
  /** Deliveries that came to nothing before the last act, as the broker counts them. */
  readonly deliveryCount: number;
}

export interface Simulation {
  readonly entities: readonly Entity[];
  /** Whether a subscription's rules let a message through; asked for subscriptions only. */
  readonly matches: (entity: Entity, message: SampleMessage) => boolean;
  readonly epoch: Date;
}

/** Time from a message's arrival to its first delivery. */
const PICK_UP_MS = 40;
const PROCESS_MS = 120;

/**
 * Runs a message and all that it causes through the consumers without their fixes, in a time of its own, and tells what
 * died. It stands for a broker at seeding only, so that reasons, counts and ages are those of the very code that runs live.
 */
export function simulate(first: SampleMessage, sentAt: Date, simulation: Simulation): SimulatedDeadLetter[] {
  const deadLetters: SimulatedDeadLetter[] = [];
  const sent = [{ message: first, at: sentAt }];
  for (let next = sent.shift(); next !== undefined; next = sent.shift()) {
    for (const entity of simulation.entities) {
      if (entity.sendTo !== next.message.to) continue;
      if (entity.rules !== null && !simulation.matches(entity, next.message)) continue;
      const end = deliver(entity, next.message, next.at, simulation.epoch);
      if (end.deadLetter !== null) deadLetters.push(end.deadLetter);
      sent.push(...end.sends.map((message) => ({ message, at: end.at })));
    }
  }
  return deadLetters;
}

interface End {
  readonly at: Date;
  readonly sends: readonly SampleMessage[];
  readonly deadLetter: SimulatedDeadLetter | null;
}

function deliver(entity: Entity, message: SampleMessage, enqueuedAt: Date, epoch: Date): End {
  const consumer = consumerOf(entity);
  const expiresAt =
    enqueuedAt.getTime() + Math.min(entity.timeToLiveMs, message.timeToLive ?? Number.POSITIVE_INFINITY);
  const dead = (deliveryCount: number, reason: string, description: string, at: number): End => ({
    at: new Date(at),
    sends: [],
    deadLetter: { entity: entity.path, message, enqueuedAt, reason, description, deliveryCount },
  });
  let clock = enqueuedAt.getTime() + PICK_UP_MS;
  for (let deliveries = 1; ; deliveries += 1) {
    const verdict = consume(consumer, asDelivery(message), { fixed: false, now: new Date(clock), epoch });
    switch (verdict.act) {
      case "complete":
        return { at: new Date(clock + PROCESS_MS), sends: verdict.sends, deadLetter: null };
      case "dead-letter":
        return dead(deliveries - 1, verdict.reason, verdict.description, clock);
      case "abandon":
        clock += verdict.afterMs;
        break;
      case "outlast-lock":
        clock += entity.lockMs;
        break;
    }
    if (deliveries >= entity.maxDeliveryCount) {
      const description = `Message could not be consumed after ${entity.maxDeliveryCount} delivery attempts.`;
      return dead(deliveries, "MaxDeliveryCountExceeded", description, clock);
    }
    if (clock >= expiresAt) {
      if (!entity.deadLettersExpired) return { at: new Date(clock), sends: [], deadLetter: null };
      return dead(deliveries, "TTLExpiredException", "The message expired and was dead lettered.", clock);
    }
  }
}

function consumerOf(entity: Entity): Consumer {
  const consumer = ALL_CONSUMERS.find((candidate) => candidate.entity === entity.path);
  if (!consumer) throw new Error(`config.json has ${entity.path}, which no consumer of the sample receives from`);
  return consumer;
}
