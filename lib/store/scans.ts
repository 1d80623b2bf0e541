import type { Database } from "./database";
import type { ScanStore } from "./ports/scans";

export function scanStore(_db: Database): ScanStore {
  throw new Error("not yet written");
}
