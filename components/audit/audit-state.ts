import { auditQuery } from "@/lib/contracts/audit";

/** URL state of the audit. */
export const auditState = auditQuery.omit({ cursor: true, limit: true });
