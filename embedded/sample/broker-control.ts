import * as z from "zod";
import { OptionError } from "./options";
import type { SimulatedDeadLetter } from "./simulate";
import { encodeMessage } from "./traffic/encode-message";

/** The embedded broker's control port, as far as the sample uses it. */
export interface BrokerControl {
  /** Puts dead letters into one entity's dead-letter queue, in this order: all of them or, when it rejects, none. */
  seed(entity: string, deadLetters: readonly SimulatedDeadLetter[]): Promise<void>;
}

const TIMEOUT_MS = 60_000;
const healthAnswer = z.object({ status: z.literal("healthy") });
/** The account of messages that only our embedded broker keeps. */
const recordAnswer = z.object({ forgotten: z.number(), entries: z.array(z.unknown()) });

/** Makes sure that the embedded broker is what answers there. Throws `OptionError` when it is not. */
export async function connectBrokerControl(url: string): Promise<BrokerControl> {
  const health = healthAnswer.safeParse(await readJson(`${url}/health`));
  const record = recordAnswer.safeParse(await readJson(`${url}/record?entity=none`));
  if (!health.success || !record.success) {
    throw new OptionError(
      `The sample traffic runs on the embedded broker only, and that is not what answers at ${url}.`,
    );
  }
  return { seed: (entity, deadLetters) => postSeed(url, entity, deadLetters) };
}

async function postSeed(url: string, entity: string, deadLetters: readonly SimulatedDeadLetter[]): Promise<void> {
  const messages = deadLetters.map(({ message, enqueuedAt, deliveryCount, reason, description }) => ({
    message: encodeMessage(message, enqueuedAt).toString("base64"),
    enqueuedAt: enqueuedAt.toISOString(),
    deliveryCount,
    deadLetter: { reason, description },
  }));
  const response = await fetch(`${url}/seed`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ entity, messages }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`The broker refused the dead letters of ${entity}: ${await response.text()}`);
  await response.body?.cancel();
}

async function readJson(url: string): Promise<unknown> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return await response.json();
  } catch {
    return null;
  }
}
