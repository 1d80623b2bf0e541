import { request } from "node:http";
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
  const answer = await exchange(`${url}/seed`, JSON.stringify({ entity, messages }));
  if (answer.status !== 200) throw new Error(`The broker refused the dead letters of ${entity}: ${answer.body}`);
}

async function readJson(url: string): Promise<unknown> {
  try {
    return JSON.parse((await exchange(url, null)).body);
  } catch {
    return null;
  }
}

/**
 * GET, or POST of a body, on a connection of its own: one that is kept alive may be closed by the broker just as a body of
 * megabytes is written to it, after the seconds that it takes to make one.
 */
function exchange(url: string, body: string | null): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        agent: false,
        method: body === null ? "GET" : "POST",
        headers: body === null ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }),
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body ?? undefined);
  });
}
