import * as z from "zod";
import { AUDIT_ACTIONS } from "@/lib/domain/audit";
import { decimalId, isoTime, pageOf, queueId, storableText } from "./common";

export const auditEvent = z.object({
  id: decimalId,
  at: isoTime,
  actorKind: z.enum(["person", "worker", "system"]),
  actorId: z.string().nullable(),
  actorName: z.string(),
  action: z.enum(AUDIT_ACTIONS),
  subjectKind: z.string(),
  subjectId: z.string(),
  queue: z.object({ id: z.number().int(), entityPath: z.string() }).nullable(),
  replayId: z.uuid().nullable(),
  reason: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
});
export type AuditEventWire = z.infer<typeof auditEvent>;

/** URL state of the audit page. */
export const auditQuery = z.object({
  action: z.enum(AUDIT_ACTIONS).optional(),
  actor: storableText.max(200).optional(),
  replay: z.uuid().optional(),
  queue: queueId.optional(),
  deadLetter: decimalId.optional(),
  since: isoTime.optional(),
  until: isoTime.optional(),
  cursor: storableText.max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(100),
});
export type AuditQuery = z.infer<typeof auditQuery>;
/** `at`: the database's time, which ages are counted from. */
export const auditPage = pageOf(auditEvent).extend({ at: isoTime });
export type AuditPage = z.infer<typeof auditPage>;
