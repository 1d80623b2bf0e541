import type { Database } from "./database";
import type { EditStore } from "./ports/edits";

export function editStore(_db: Database): EditStore {
  throw new Error("not yet written");
}
