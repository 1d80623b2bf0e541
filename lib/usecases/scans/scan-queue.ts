import { BrokerError } from "@/lib/brokers/broker";
import { readyRules } from "../causes/ready-rules";
import { OutOfCredits } from "./credit-budget";
import { pageNew } from "./page-new";
import { ClaimLost, type ScanContext } from "./scan-context";
import { COUNT_SECONDS } from "./scan-pace";
import { walkQueue } from "./walk-queue";
import { watchQueue } from "./watch-queue";

/** From the start of a walk to the next, in durations of the walk. */
const WALK_PAUSES = 5;

export interface ScanTimes {
  readonly watchSeconds: number;
  readonly walkSeconds: number;
  /** Between two readings of a count, which costs ten times a peek; 30 unless given. */
  readonly countSeconds?: number;
}

/** What became of a turn. `readThrough`: whatever was dead by then is in the index; null: the end of the DLQ was not come to. */
export type TurnOutcome =
  | { readonly kind: "scanned"; readonly more: boolean; readonly readThrough: Date | null }
  | { readonly kind: "failed"; readonly error: BrokerError; readonly readThrough: Date | null }
  /** The namespace's credits are used up for longer than a turn waits. */
  | { readonly kind: "out-of-credits"; readonly seconds: number; readonly readThrough: Date | null }
  /** Another worker has the claim: nothing is left to do here. */
  | { readonly kind: "claim-lost" };

/**
 * One turn at a claimed DLQ: watch, count, what is new, a part of the walk. Does not end the claim. A failure of the broker is
 * recorded with the DLQ and returned; failures of the database are thrown.
 */
export async function scanQueue(given: Omit<ScanContext, "rules">, times: ScanTimes): Promise<TurnOutcome> {
  const context = { ...given, rules: await readyRules(given.store) };
  let readThrough: Date | null = null;
  const atEnd = (): void => {
    readThrough = context.queue.at;
  };
  try {
    return { kind: "scanned", more: await takeTurn(context, times, atEnd), readThrough };
  } catch (error) {
    if (error instanceof ClaimLost) return { kind: "claim-lost" };
    if (error instanceof OutOfCredits) return { kind: "out-of-credits", seconds: error.seconds, readThrough };
    if (!(error instanceof BrokerError)) throw error;
    await context.store.scans.recordFailure(context.queue.id, context.workerId, error.message);
    return { kind: "failed", error, readThrough };
  }
}

/** `atEnd`: the end of the DLQ was come to. */
async function takeTurn(context: ScanContext, times: ScanTimes, atEnd: () => void): Promise<boolean> {
  const { queue } = context;
  const watched = await watchQueue(context).catch(async (error) => {
    // What cannot be opened can be counted all the same: a DLQ that is forwarded keeps what could not be delivered there.
    if (error instanceof BrokerError && error.code !== "server-busy") await countIfPossible(context, times);
    throw error;
  });
  await count(context, times);
  // A first walk reads all there is: reading what is new beside it would read it twice.
  const walkIsFront = queue.walkedAt === null && queue.walkPosition >= queue.highWater;
  const paged = walkIsFront ? { at: watched.at, more: false } : await pageNew(context, watched);
  if (paged.more) return true;
  if (!walkIsFront) atEnd();
  if (!isWalkDue(context, times)) return false;
  const walked = await walkQueue(context, paged.at, watched.seen);
  if (!walked.more) atEnd();
  return walked.more;
}

/** The failure that is told is that of the look before. */
async function countIfPossible(context: ScanContext, times: ScanTimes): Promise<void> {
  try {
    await count(context, times);
  } catch (error) {
    if (!(error instanceof BrokerError) && !(error instanceof OutOfCredits)) throw error;
  }
}

async function count(context: ScanContext, { countSeconds = COUNT_SECONDS }: ScanTimes): Promise<void> {
  const { queue, store, broker } = context;
  if (queue.countReadAt !== null && queue.at.getTime() - queue.countReadAt.getTime() < countSeconds * 1000) return;
  const reading = await broker.countDeadLetters(queue);
  await store.scans.recordCount(queue.id, context.workerId, reading);
}

/** A walk reads every message with its body: at most a fifth of the time is spent walking, however large the DLQ. */
function isWalkDue({ queue }: ScanContext, times: ScanTimes): boolean {
  if (queue.walkStartedAt !== null || queue.walkedAt === null) return true;
  const pause = Math.max(times.walkSeconds, WALK_PAUSES * (queue.walkSeconds ?? 0));
  return queue.at.getTime() - queue.walkedAt.getTime() >= pause * 1000;
}
