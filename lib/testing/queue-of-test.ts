import type { MadeQueue } from "./dead-letter-factory";

/** The queue that a test means: `newQueue` makes one of a new name, `current` is the last one; it throws while there is none. */
export function queueOfTest(make: (entityPath: string) => Promise<MadeQueue>) {
  let queue: MadeQueue | null = null;
  let made = 0;
  const current = (): MadeQueue => {
    if (queue === null) throw new Error("the test has made no queue");
    return queue;
  };
  const newQueue = async (): Promise<MadeQueue> => {
    queue = await make(`orders-${++made}`);
    return queue;
  };
  return { current, newQueue };
}
