import type { AuditPage, AuditQuery } from "@/lib/contracts/audit";
import { decimalId } from "@/lib/contracts/common";
import { AppError } from "@/lib/domain/app-error";
import type { Store } from "@/lib/store/ports";

/** Events newest first, in pages that stay put while new ones arrive. Throws "invalid-input" for a cursor that is not one of ours. */
export async function listAuditEvents({ store }: { store: Store }, query: AuditQuery): Promise<AuditPage> {
  if (query.cursor !== undefined && !decimalId.safeParse(query.cursor).success) {
    throw new AppError("invalid-input", "This page of the audit cannot be found again; start from its first page.", {
      cursor: "not a cursor of this list",
    });
  }
  const [page, at] = await Promise.all([store.audit.list(query), store.now()]);
  return { ...page, at: at.toISOString() };
}
