import type { Database } from "./database";
import type { QueueStore } from "./ports/queues";

export function queueStore(_db: Database): QueueStore {
  throw new Error("not yet written");
}
