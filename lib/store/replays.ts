import type { Database } from "./database";
import type { ReplayStore } from "./ports/replays";

export function replayStore(_db: Database): ReplayStore {
  throw new Error("not yet written");
}
