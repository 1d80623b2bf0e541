import type { ServiceBusClient, ServiceBusReceivedMessage, ServiceBusReceiver } from "@azure/service-bus";
import { type Counts, count } from "./consumer-counts";
import { ALL_CONSUMERS } from "./consumers/all-consumers";
import { type Consumer, consume, type Verdict } from "./consumers/consumer";
import type { Entity } from "./entities";
import type { Log } from "./log";
import { type OneAtATime, oneAtATime } from "./one-at-a-time";
import { RECEIVE_OPTIONS, runSessions } from "./run-sessions";
import type { SendMessage } from "./send-message";
import type { SampleState } from "./state";
import { toDelivery } from "./traffic/encode-message";

export interface ConsumerHost {
  readonly client: ServiceBusClient;
  readonly entities: readonly Entity[];
  readonly state: SampleState;
  readonly counts: Counts;
  readonly send: SendMessage;
  readonly log: Log;
  readonly epoch: Date;
}

const CONCURRENT_CALLS = 16;
/** Sessions that one consumer processes side by side. */
const SESSION_LOOPS = 2;
/** How long after its lock has run out a slow consumer tries to settle. */
const LATE_MS = 2_000;

/**
 * Receives with every consumer until closed. What a verdict does later (abandon after a while, settle after the lock)
 * waits on a timer and not in the receiver's call, so that slow messages hold nobody up.
 */
export function runConsumers(host: ConsumerHost): { close(): void } {
  const timers = new Set<NodeJS.Timeout>();
  const stopping = new AbortController();
  const later = (ms: number, act: () => Promise<void>) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act().catch((error: unknown) => host.log.fault("settle", error));
    }, ms);
    timers.add(timer);
  };
  for (const entity of host.entities) {
    const consumer = ALL_CONSUMERS.find((candidate) => candidate.entity === entity.path);
    if (!consumer) throw new Error(`nothing receives from ${entity.path}`);
    const settle = oneAtATime();
    const process = async (receiver: ServiceBusReceiver, message: ServiceBusReceivedMessage) => {
      const verdict = decide(host, consumer, message);
      count(host.counts, consumer.name, verdict);
      await carryOut(host, verdict, { receiver, message, entity, settle, later });
    };
    if (entity.requiresSession) {
      for (let loop = 0; loop < SESSION_LOOPS; loop += 1) void runSessions(host, entity, process, stopping.signal);
      continue;
    }
    const receiver = openReceiver(host.client, entity);
    receiver.subscribe(
      {
        processMessage: (message) => process(receiver, message),
        processError: async (problem) => host.log.fault(`receive from ${entity.path}`, problem.error),
      },
      { autoCompleteMessages: false, maxConcurrentCalls: CONCURRENT_CALLS },
    );
  }
  return {
    close: () => {
      stopping.abort();
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

function decide(host: ConsumerHost, consumer: Consumer, message: ServiceBusReceivedMessage): Verdict {
  const fixed = host.state.isFixed(consumer.name);
  return consume(consumer, toDelivery(message), { fixed, now: new Date(), epoch: host.epoch });
}

interface InHand {
  readonly receiver: ServiceBusReceiver;
  readonly message: ServiceBusReceivedMessage;
  readonly entity: Entity;
  readonly settle: OneAtATime;
  readonly later: (ms: number, act: () => Promise<void>) => void;
}

async function carryOut(host: ConsumerHost, verdict: Verdict, hand: InHand): Promise<void> {
  const { receiver, message, entity, settle, later } = hand;
  switch (verdict.act) {
    case "complete":
      for (const next of verdict.sends) await host.send(next);
      await settle(() => receiver.completeMessage(message));
      return;
    case "dead-letter":
      await settle(() =>
        receiver.deadLetterMessage(message, {
          deadLetterReason: verdict.reason,
          deadLetterErrorDescription: verdict.description,
        }),
      );
      return;
    case "abandon":
      later(verdict.afterMs, () => settle(() => receiver.abandonMessage(message)));
      return;
    case "outlast-lock":
      later(entity.lockMs + LATE_MS, () => settle(() => settleTooLate(receiver, message)));
      return;
  }
}

/** What a consumer does that has worked past its lock: it completes, and is told that the lock is lost. */
async function settleTooLate(receiver: ServiceBusReceiver, message: ServiceBusReceivedMessage): Promise<void> {
  await receiver.completeMessage(message).catch((error: unknown) => {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code !== "MessageLockLost") throw error;
  });
}

function openReceiver(client: ServiceBusClient, entity: Entity): ServiceBusReceiver {
  const subscription = entity.path.split("/Subscriptions/")[1];
  return subscription === undefined
    ? client.createReceiver(entity.path, RECEIVE_OPTIONS)
    : client.createReceiver(entity.sendTo, subscription, RECEIVE_OPTIONS);
}
