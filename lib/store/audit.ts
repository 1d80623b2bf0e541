import type { Database } from "./database";
import type { AuditStore } from "./ports/audit";

export function auditStore(_db: Database): AuditStore {
  throw new Error("not yet written");
}
