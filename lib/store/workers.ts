import type { Database } from "./database";
import type { WorkerStore } from "./ports/workers";

export function workerStore(_db: Database): WorkerStore {
  throw new Error("not yet written");
}
