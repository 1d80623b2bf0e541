import { auditQuery } from "@/lib/contracts/audit";
import { apiHandler } from "@/lib/server/api-handler";
import { listAuditEvents } from "@/lib/usecases/audit/list-audit-events";

export const GET = apiHandler("audit.read", { query: auditQuery }, ({ store, query }) =>
  listAuditEvents({ store }, query),
);
