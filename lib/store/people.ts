import type { Database } from "./database";
import type { PersonStore } from "./ports/people";

export function personStore(_db: Database): PersonStore {
  throw new Error("not yet written");
}
