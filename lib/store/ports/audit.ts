import type { AuditEventWire, AuditQuery } from "@/lib/contracts/audit";
import type { NewAuditEvent } from "@/lib/domain/audit";

export interface AuditStore {
  /** Appends events; call it in the transaction of the act (R7). */
  append(events: readonly NewAuditEvent[]): Promise<void>;
  /** Newest first, keyset-paged. */
  list(query: AuditQuery): Promise<{ items: AuditEventWire[]; nextCursor: string | null }>;
}
