import type { Database } from "./database";
import type { ThrottleStore } from "./ports/throttle";

export function throttleStore(_db: Database): ThrottleStore {
  throw new Error("not yet written");
}
