import { setTimeout as delay } from "node:timers/promises";
import type {
  ServiceBusClient,
  ServiceBusReceivedMessage,
  ServiceBusReceiver,
  ServiceBusSessionReceiver,
} from "@azure/service-bus";
import type { Entity } from "./entities";
import type { Log } from "./log";

/** Locks are not renewed: the consumers are quick, or too slow on purpose. */
export const RECEIVE_OPTIONS = {
  receiveMode: "peekLock",
  skipParsingBodyAsJson: true,
  maxAutoLockRenewalDurationInMs: 0,
} as const;

const BATCH = 20;
/** A session that brings nothing for this long is given back. */
const IDLE_MS = 1_000;
const PAUSE_AFTER_FAULT_MS = 1_000;

/** Takes one free session after the other and processes its messages in order, one at a time, until told to stop. */
export async function runSessions(
  host: { readonly client: ServiceBusClient; readonly log: Log },
  entity: Entity,
  process: (receiver: ServiceBusReceiver, message: ServiceBusReceivedMessage) => Promise<void>,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    let receiver: ServiceBusSessionReceiver | null = null;
    try {
      receiver = await acceptNext(host.client, entity, stop);
      for (;;) {
        const messages = await receiver.receiveMessages(BATCH, { maxWaitTimeInMs: IDLE_MS, abortSignal: stop });
        if (messages.length === 0) break;
        for (const message of messages) await process(receiver, message);
      }
    } catch (error) {
      if (stop.aborted) return;
      if (!isNoSessionFree(error)) {
        host.log.fault(`receive from ${entity.path}`, error);
        await delay(PAUSE_AFTER_FAULT_MS, undefined, { signal: stop }).catch(() => {});
      }
    } finally {
      await receiver?.close().catch((error: unknown) => host.log.fault(`leave a session of ${entity.path}`, error));
    }
  }
}

function acceptNext(client: ServiceBusClient, entity: Entity, stop: AbortSignal): Promise<ServiceBusSessionReceiver> {
  const options = { ...RECEIVE_OPTIONS, abortSignal: stop };
  const subscription = entity.path.split("/Subscriptions/")[1];
  return subscription === undefined
    ? client.acceptNextSession(entity.path, options)
    : client.acceptNextSession(entity.sendTo, subscription, options);
}

/** No session had a message while the broker waited: the ordinary state of a quiet entity. */
function isNoSessionFree(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    (error.code === "ServiceTimeout" || error.code === "SessionCannotBeLocked")
  );
}
