import { setTimeout as delay } from "node:timers/promises";
import { type Broker, BrokerError } from "@/lib/brokers/broker";
import { describeError } from "@/lib/domain/describe-error";
import { sameName } from "@/lib/domain/subscriptions";
import type { GuardedReplay } from "@/lib/store/ports/guards";
import { pauseByEngine } from "../engine/pause-by-engine";
import type { GuardContext } from "./guard-context";

/**
 * Between two looks at one replay's consumer, over all workers, seconds: of one that waits for it to be well, and of one that
 * sends. A count costs the namespace ten credits.
 */
const LOOK_SECONDS = { waiting: 2, sending: 10 };
/** A consumer that is not well is asked once more after this, ms: one lost packet stops no replay. */
const AGAIN_MS = 1_000;

/**
 * Pauses running replays whose consumer says that it is not well, or whose target fills up (R11). One that has yet to begin, or to go
 * on, does so once its consumer is well, and says what it waits for until then.
 */
export async function checkConsumers(context: GuardContext): Promise<void> {
  const due = await context.store.guards.claimGuarded(context.workerId, LOOK_SECONDS);
  await Promise.all(
    due.map(async (replay) => {
      if (replay.waits) return beginIfWell(context, replay);
      const words = (await askConsumers(context, replay)) ?? (await measureBacklog(context, replay));
      if (words !== null) await pauseByEngine(context, replay.id, words);
    }),
  );
}

async function beginIfWell({ store, workerId, askHealth, log }: GuardContext, replay: GuardedReplay): Promise<void> {
  const answers = await Promise.all(replay.healthUrls.map((url) => askHealth(url)));
  const bad = answers.find((answer) => !answer.ok);
  if (bad === undefined || bad.ok) {
    await store.guards.clear(workerId, replay.id);
    return;
  }
  log.info({ replay: replay.id, words: bad.words }, "replay waits for its consumer");
  await store.ledger.notice(replay.id, `the consumer's health check fails: ${bad.words}`);
}

/** Of a topic every consumer that gets copies must be well. */
async function askConsumers({ askHealth }: GuardContext, { healthUrls }: GuardedReplay): Promise<string | null> {
  const answers = await Promise.all(
    healthUrls.map(async (url) => {
      if ((await askHealth(url)).ok) return null;
      await delay(AGAIN_MS);
      const again = await askHealth(url);
      return again.ok ? null : `the consumer's health check fails: ${again.words}`;
    }),
  );
  return answers.find((words) => words !== null) ?? null;
}

async function measureBacklog(context: GuardContext, replay: GuardedReplay): Promise<string | null> {
  const { backlogBound, namespace, targetPath } = replay;
  const broker = context.connections.get(namespace)?.broker;
  if (backlogBound === null || broker === undefined) return null;
  try {
    for (const path of await receiversOf(broker, replay)) {
      const reading = await broker.countActive(path);
      // Unknown is not zero, and it is not too many either: a broker that is busy must not pause what it throttles anyway.
      if (reading === null || reading.count <= BigInt(backlogBound)) continue;
      // The number is the broker's, and may be behind what is true.
      return `the broker counts ${reading.count} messages waiting in ${path}, more than the ${backlogBound} that its policy bears: the consumer does not seem to keep up`;
    }
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    context.log.warn({ replay: replay.id, target: targetPath, err: describeError(error) }, "backlog not counted");
  }
  return null;
}

/** The entities whose readers get the copies: a queue, or the subscriptions of a topic. */
export async function receiversOf(
  broker: Broker,
  { targetPath, routeTo }: Pick<GuardedReplay, "targetPath" | "routeTo">,
): Promise<string[]> {
  const subscriptions = await broker.listSubscriptions(targetPath);
  if (subscriptions === null) return [targetPath];
  return subscriptions
    .filter(({ name }) => routeTo === null || sameName(name, routeTo))
    .map(({ name }) => `${targetPath}/subscriptions/${name}`);
}
