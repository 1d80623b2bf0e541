/** The vocabulary of the audit. One act, one action; the same words in the database, the API and on the page. */

export const AUDIT_ACTIONS = [
  "session.signed-in",
  "session.sign-in-failed",
  "session.signed-out",
  "payload.viewed",
  "payload.compared",
  "messages.exported",
  "edit.saved",
  "edit.withdrawn",
  "group-edit.tried",
  "group-edit.saved",
  "group-edit.cancelled",
  "replay.planned",
  "replay.submitted",
  "replay.approved",
  "replay.declined",
  "replay.started",
  "replay.began",
  "replay.canary-passed",
  "replay.paused",
  "replay.resumed",
  "replay.went-on-regardless",
  "replay.rate-changed",
  "replay.cancelled",
  "replay.expired",
  "replay.completed",
  "replay.item-uncertain",
  "replay.sent-again",
  "replay.item-judged",
  "replay.item-returned",
  "cause.changed",
  "cause.merged",
  "cause.unmerged",
  "cause.commented",
  "cause-rule.made",
  "cause-rule.ended",
  "reason.runbook-set",
  "reason.owner-set",
  "reason.commented",
  "replays.stopped",
  "replays.stop-lifted",
  "policy.changed",
  "filter.shared",
  "filter.changed",
  "filter.withdrawn",
  "confirm-token.made",
  "confirm-token.revoked",
  "queue.found",
  "queue.vanished",
  "person.created",
  "person.password-set",
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export type Actor =
  | { readonly kind: "person"; readonly id: string; readonly name: string }
  | { readonly kind: "worker"; readonly id: string; readonly name: string }
  | { readonly kind: "system"; readonly id: null; readonly name: string };

export type SubjectKind =
  | "dead-letter"
  | "replay"
  | "edit"
  | "group-edit"
  | "queue"
  | "stop"
  | "cause"
  | "cause-rule"
  | "reason"
  | "filter"
  | "export"
  | "confirm-token"
  | "person"
  | "session";

/** An event before it is stored: time and number are the database's. */
export interface NewAuditEvent {
  readonly actor: Actor;
  readonly action: AuditAction;
  readonly subject: { readonly kind: SubjectKind; readonly id: string };
  readonly queueId?: number;
  readonly replayId?: string;
  readonly reason?: string;
  /** What was changed, in numbers and names; never payload bytes. */
  readonly detail: Readonly<Record<string, unknown>>;
}
