import { bytesText, countText, rateText } from "@/components/ui/number-text";
import type { AuditEventWire } from "@/lib/contracts/audit";
import type { AuditAction } from "@/lib/domain/audit";

/** Names of the acts, for the filter. */
export const ACTION_WORDS: Record<AuditAction, string> = {
  "session.signed-in": "signed in",
  "session.sign-in-failed": "failed to sign in",
  "session.signed-out": "signed out",
  "payload.viewed": "looked at a payload",
  "payload.compared": "compared payloads",
  "messages.exported": "exported messages",
  "edit.saved": "saved a correction",
  "edit.withdrawn": "withdrew a correction",
  "group-edit.tried": "tried a change of many messages",
  "group-edit.saved": "saved a change of many messages",
  "group-edit.cancelled": "cancelled a change of many messages",
  "replay.planned": "planned a replay",
  "replay.submitted": "asked for approval",
  "replay.approved": "approved a replay",
  "replay.declined": "declined a replay",
  "replay.started": "started a replay",
  "replay.began": "began a scheduled replay",
  "replay.canary-passed": "let a replay go on after its canary",
  "replay.paused": "paused a replay",
  "replay.resumed": "resumed a replay",
  "replay.went-on-regardless": "let a replay go on although its consumer was not well",
  "replay.rate-changed": "changed a replay's limit",
  "replay.cancelled": "cancelled a replay",
  "replay.expired": "let a plan expire",
  "replay.completed": "completed a replay",
  "replay.item-uncertain": "was left in doubt",
  "replay.sent-again": "sent again in doubt",
  "replay.item-judged": "judged copies in doubt",
  "replay.item-returned": "saw copies come back",
  "cause.changed": "changed a cause",
  "cause.merged": "merged causes",
  "cause.unmerged": "took a merged cause apart",
  "cause.commented": "commented on a cause",
  "cause-rule.made": "made a rule for causes",
  "cause-rule.ended": "ended a rule for causes",
  "reason.runbook-set": "wrote a runbook for a reason",
  "reason.owner-set": "set the owner of a reason",
  "reason.commented": "commented on a reason",
  "replays.stopped": "stopped all replays",
  "replays.stop-lifted": "lifted a stop of replays",
  "policy.changed": "changed the policy of a queue",
  "filter.shared": "shared a filter",
  "filter.changed": "changed a shared filter",
  "filter.withdrawn": "withdrew a shared filter",
  "confirm-token.made": "made a token for confirmations",
  "confirm-token.revoked": "revoked a token for confirmations",
  "queue.found": "found a queue",
  "queue.vanished": "missed a queue",
  "person.created": "created a person",
  "person.password-set": "set a password",
};

/** A number of the detail; null where an older event has none. */
function number(event: AuditEventWire, key: string): number | null {
  const value = event.detail[key];
  return typeof value === "number" ? value : null;
}

function text(event: AuditEventWire, key: string): string | null {
  const value = event.detail[key];
  return typeof value === "string" ? value : null;
}

/** "214 messages", or "messages" where the number was not recorded. */
function messages(event: AuditEventWire, key: string): string {
  const count = number(event, key);
  return count === null ? "messages" : countText(count, "message");
}

function copies(event: AuditEventWire, key: string): string {
  const count = number(event, key);
  return count === null ? "copies" : countText(count, "copy", "copies");
}

/** What happened, to be read after the actor's name. */
export function sentenceOf(event: AuditEventWire): string {
  const queue = event.queue ? ` of ${event.queue.entityPath}` : "";
  switch (event.action) {
    case "session.signed-in":
      return "signed in";
    case "session.signed-out":
      return "signed out";
    case "session.sign-in-failed":
      return `refused a sign-in${text(event, "account") ? ` as ${text(event, "account")}` : ""}: ${text(event, "cause") ?? "wrong account or password"}`;
    case "payload.viewed": {
      const bytes = number(event, "bytes");
      return `looked at the payload of a message${queue}${bytes === null ? "" : `, ${bytesText(bytes)}`}`;
    }
    case "edit.saved":
      return `saved correction ${number(event, "version") ?? ""} of a message${queue}: ${changed(event)}`;
    case "edit.withdrawn":
      return `withdrew correction ${number(event, "version") ?? ""} of a message${queue}`;
    case "replay.planned":
      return text(event, "kind") === "discard"
        ? `planned to discard ${messages(event, "willSend")}${queue}${atRate(event)}`
        : `planned a ${text(event, "kind") ?? "replay"} of ${messages(event, "willSend")}${queue} to ${text(event, "target") ?? "its origin"}${atRate(event)}`;
    case "replay.submitted":
      return `asked for approval to replay ${messages(event, "willSend")}${queue} to ${text(event, "target") ?? "its origin"}`;
    case "replay.approved":
      return `approved the replay of ${messages(event, "willSend")}${queue} to ${text(event, "target") ?? "its origin"}${atRate(event)}`;
    case "replay.declined":
      return `declined a replay${queue}; ${messages(event, "freed")} ${number(event, "freed") === 1 ? "is" : "are"} free again`;
    case "replay.started":
      return text(event, "startsAt") === null
        ? `started a ${text(event, "kind") ?? "replay"} of ${messages(event, "willSend")}${queue}${atRate(event)}`
        : `scheduled a ${text(event, "kind") ?? "replay"} of ${messages(event, "willSend")}${queue}${atRate(event)}`;
    case "replay.began":
      return `began a scheduled replay${queue}`;
    case "replay.canary-passed":
      return `let a replay${queue} go on: of its first ${copies(event, "sent")} ${number(event, "returned") ?? 0} came back dead`;
    case "replay.paused":
      return `paused a replay${queue}`;
    case "replay.resumed":
      return `resumed a replay${queue}`;
    case "replay.went-on-regardless":
      return `let a replay${queue} go on although its consumer was not well`;
    case "replay.rate-changed":
      return `changed the limit of a replay${queue} from ${number(event, "from") ?? "?"} to ${number(event, "to") ?? "?"} messages a second`;
    case "replay.cancelled":
      return `cancelled a ${text(event, "was") === "planned" ? "planned " : ""}replay${queue}; ${messages(event, "cancelled")} ${number(event, "cancelled") === 1 ? "stays" : "stay"} unsent`;
    case "replay.expired":
      return `let a plan${queue} expire that nobody started; its messages are free again`;
    case "replay.completed":
      return `completed a ${text(event, "kind") ?? "replay"}${queue}`;
    case "replay.item-uncertain":
      return `cannot tell whether ${copies(event, "items")} of a replay${queue} arrived`;
    case "replay.sent-again":
      return `sent ${messages(event, "items")}${queue} again in doubt`;
    case "replay.item-judged": {
      const items = Array.isArray(event.detail.items) ? event.detail.items.length : 0;
      const judged = `${items} uncertain ${items === 1 ? "item" : "items"}${queue}`;
      switch (text(event, "judgement")) {
        case "arrived":
          return `judged that the copies of ${judged} have arrived`;
        case "send-again":
          return `had ${judged} sent again`;
        default:
          return `left ${judged} in the dead-letter queue`;
      }
    }
    case "replay.item-returned":
      return `saw ${copies(event, "count")} of a replay come back dead${event.queue ? ` in ${event.queue.entityPath}` : ""}`;
    case "cause.changed":
      return `changed ${changedFields(event)} of the cause ${causeName(event)}${queue}`;
    case "cause.merged":
      return `merged the cause ${causeName(event)} into ${text(event, "into") ?? "another"}${queue}`;
    case "cause.unmerged":
      return `took the cause ${causeName(event)} out of ${text(event, "from") ?? "another"}${queue}`;
    case "cause.commented":
      return `commented on the cause ${causeName(event)}${queue}`;
    case "cause-rule.made":
      return `made the rule “${text(event, "title") ?? ""}”${queue || " for all queues"}`;
    case "cause-rule.ended":
      return `ended the rule “${text(event, "title") ?? ""}”${queue || " for all queues"}`;
    case "reason.runbook-set":
      return `${event.detail.after === null ? "took away" : "wrote"} the runbook for ${reasonName(event)}`;
    case "reason.owner-set": {
      const owner = text(event, "after");
      return `${owner === null ? "took away" : `made ${owner}`} the owner of ${reasonName(event)} in every queue`;
    }
    case "reason.commented":
      return `commented on ${reasonName(event)} in every queue`;
    case "payload.compared":
      return `compared the payloads of ${messages(event, "messages")}${queue} with the others`;
    case "group-edit.tried":
      return `tried a change of ${messages(event, "messages")}${queue}`;
    case "group-edit.saved":
      return `had a change of ${messages(event, "messages")}${queue} saved`;
    case "group-edit.cancelled":
      return `cancelled a change of ${messages(event, "messages")}${queue}`;
    case "messages.exported":
      return `exported ${messages(event, "messages")}${queue || " of all queues"}${text(event, "content") === "payloads" ? " with their payloads" : ", without payloads,"} as ${text(event, "format") === "csv" ? "CSV" : "JSON lines"}`;
    case "filter.shared":
      return `shared the filter “${text(event, "name") ?? ""}”`;
    case "filter.changed":
      return `changed the shared filter “${text(event, "name") ?? ""}”`;
    case "filter.withdrawn":
      return `withdrew the shared filter “${text(event, "name") ?? ""}”`;
    case "confirm-token.made":
      return `made the token “${text(event, "name") ?? ""}” for consumers of ${text(event, "namespace") ?? ""} to confirm copies`;
    case "confirm-token.revoked":
      return `revoked the token “${text(event, "name") ?? ""}” for confirmations`;
    case "replays.stopped":
      return `stopped ${text(event, "namespace") === null ? "all replays" : `the replays of ${text(event, "namespace")}`}`;
    case "replays.stop-lifted":
      return `let ${text(event, "namespace") === null ? "all replays" : `the replays of ${text(event, "namespace")}`} go on`;
    case "policy.changed":
      return `changed the policy${queue}: ${changedPolicy(event)}`;
    case "queue.found":
      return `found ${text(event, "entityPath") ?? "a queue"} in ${text(event, "namespace") ?? "the namespace"}${event.detail.again === true ? " again" : ""}`;
    case "queue.vanished":
      return `no longer finds ${text(event, "entityPath") ?? "a queue"} in ${text(event, "namespace") ?? "the namespace"}`;
    case "person.created":
      return `created the person ${text(event, "account") ?? text(event, "subject") ?? ""}`.trimEnd();
    case "person.password-set":
      return "set the password of a person";
  }
}

function atRate(event: AuditEventWire): string {
  const rate = number(event, "rate");
  return rate === null ? "" : ` at ${rateText(rate)} a second`;
}

/** What a correction touched, in names; never in values. */
function changed(event: AuditEventWire): string {
  const properties = Array.isArray(event.detail.properties) ? event.detail.properties.length : 0;
  const parts = [
    event.detail.body ? "the body" : null,
    properties > 0 ? countText(properties, "property", "properties") : null,
  ];
  return parts.filter((part) => part !== null).join(" and ") || "nothing";
}

function causeName(event: AuditEventWire): string {
  return `“${text(event, "cause") ?? event.subjectId}”`;
}

function reasonName(event: AuditEventWire): string {
  return event.subjectId || "messages without a reason";
}

const CAUSE_FIELDS: Readonly<Record<string, string>> = {
  title: "the name",
  kind: "the kind",
  state: "the state",
  snoozedUntil: "the snooze",
  snoozedCount: "the snooze",
  owner: "the owner",
  runbook: "the runbook",
};

function changedFields(event: AuditEventWire): string {
  const fields = new Set(Object.keys(event.detail).flatMap((key) => CAUSE_FIELDS[key] ?? []));
  return [...fields].join(", ") || "nothing";
}

const POLICY_FIELDS: Readonly<Record<string, string>> = {
  maxRate: "maximum rate",
  approval: "approval",
  approvalOver: "approval above a number",
  protected: "protection",
  deduplicatesBy: "how the consumer knows duplicates",
  businessKey: "business key",
  doubtPolicy: "doubt",
  healthUrl: "health address",
  backlogBound: "backlog bound",
  stamps: "stamps",
  quietHours: "quiet hours",
};

function changedPolicy(event: AuditEventWire): string {
  const changes = event.detail.changes;
  const fields = typeof changes === "object" && changes !== null ? Object.keys(changes) : [];
  return fields.map((field) => POLICY_FIELDS[field] ?? field).join(", ") || "nothing";
}

/** Where the subject can be looked at; null where it has no page. */
export function subjectHref(event: AuditEventWire): string | null {
  switch (event.subjectKind) {
    case "replay":
      return `/replays/${event.subjectId}`;
    case "dead-letter":
      return `/dead-letters/${event.subjectId}`;
    case "queue":
      return `/queues/${event.subjectId}`;
    case "group-edit":
      return `/group-edits/${event.subjectId}`;
    case "cause":
      return `/causes/${event.subjectId}`;
    default:
      return null;
  }
}
