/** Runs an act after all that were given before it are over, however they ended. */
export type OneAtATime = <T>(act: () => Promise<T>) => Promise<T>;

/**
 * A queue of acts, for the settlements of one receiver. The client's AMQP library (rhea 3.0.5, `write_dispositions`) does
 * not compare the outcomes of the first two deliveries that are settled in one turn: a dead-lettering beside a completion
 * goes out as a completion, and the message is gone. So each settlement waits for the broker's answer to the one before.
 */
export function oneAtATime(): OneAtATime {
  let last: Promise<unknown> = Promise.resolve();
  return (act) => {
    const next = last.then(act, act);
    last = next.catch(() => {});
    return next;
  };
}
