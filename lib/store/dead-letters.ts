import type { Database } from "./database";
import type { DeadLetterStore } from "./ports/dead-letters";

export function deadLetterStore(_db: Database): DeadLetterStore {
  throw new Error("not yet written");
}
