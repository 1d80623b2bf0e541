/** Seconds between two readings of a count, where credits allow. */
export const COUNT_SECONDS = 30;
/** What a look at a DLQ costs at least: the peek of its oldest, and one for what is new. A count is a management call. */
const WATCH_CREDITS = 2;
const COUNT_CREDITS = 10;
/** Shares of a namespace's credits; the rest is left for what is new and for walks. */
const WATCH_SHARE = 0.5;
const COUNT_SHARE = 0.25;

export interface ScanPace {
  readonly watchSeconds: number;
  readonly countSeconds: number;
}

/**
 * How often each of a namespace's DLQs is looked at and counted: as often as was asked for, and with many of them so seldom that watching
 * and counting leave a quarter of the credits for reading. Null credits: nobody counts them.
 */
export function scanPace(given: {
  readonly queues: number;
  readonly creditsPerSecond: number | null;
  readonly watchSeconds: number;
}): ScanPace {
  const { queues, creditsPerSecond, watchSeconds } = given;
  if (creditsPerSecond === null) return { watchSeconds, countSeconds: COUNT_SECONDS };
  return {
    watchSeconds: Math.max(watchSeconds, (queues * WATCH_CREDITS) / (creditsPerSecond * WATCH_SHARE)),
    countSeconds: Math.max(COUNT_SECONDS, (queues * COUNT_CREDITS) / (creditsPerSecond * COUNT_SHARE)),
  };
}
