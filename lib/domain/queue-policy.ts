import type { QuietHours } from "./quiet-hours";

export const APPROVALS = ["never", "edits", "over", "always"] as const;
export type Approval = (typeof APPROVALS)[number];

export const DEDUPLICATIONS = ["message-id", "business-key", "nothing"] as const;
export type Deduplication = (typeof DEDUPLICATIONS)[number];

/** What is allowed of replays out of one dead-letter queue. */
export interface QueuePolicy {
  /** Counts the changes; 0: nobody has said anything. */
  readonly version: number;
  /** Copies a second, for one replay out of this DLQ and for all replays into its entity together; null: the namespace's. */
  readonly maxRate: number | null;
  readonly approval: Approval;
  /** With "over": a second person approves what sends more messages than this. */
  readonly approvalOver: number | null;
  /** Only admins replay, and a second person always approves. */
  readonly protected: boolean;
  /** How the consumer knows a message that it had before; null: nobody has said. */
  readonly deduplicatesBy: Deduplication | null;
  /** The application property, or JSON pointer into the body, that holds the business key. */
  readonly businessKey: string | null;
  readonly doubtPolicy: "hold" | "send-again";
  readonly healthUrl: string | null;
  /** Messages that may wait in the target before a replay pauses; null: any number. */
  readonly backlogBound: number | null;
  /** Copies carry the console's own properties. */
  readonly stamps: boolean;
  readonly quietHours: QuietHours | null;
}

/** The policy of a queue that nobody has given one. */
export const DEFAULT_POLICY: QueuePolicy = {
  version: 0,
  maxRate: null,
  approval: "never",
  approvalOver: null,
  protected: false,
  deduplicatesBy: null,
  businessKey: null,
  doubtPolicy: "hold",
  healthUrl: null,
  backlogBound: null,
  stamps: true,
  quietHours: null,
};

/** Why a second person must approve a plan, in words; empty: nobody need. */
export function approvalNeeded(
  policy: QueuePolicy,
  plan: { readonly willSend: number; readonly edited: number },
): string[] {
  const why: string[] = [];
  if (policy.protected) why.push("the queue is protected");
  switch (policy.approval) {
    case "never":
      break;
    case "edits":
      if (plan.edited > 0) {
        why.push(`${plan.edited === 1 ? "one message was" : `${plan.edited} messages were`} edited`);
      }
      break;
    case "over":
      if (policy.approvalOver !== null && plan.willSend > policy.approvalOver) {
        why.push(`${plan.willSend} messages are more than ${policy.approvalOver}`);
      }
      break;
    case "always":
      why.push("the policy of the queue asks for it, whatever is replayed");
      break;
  }
  return why;
}

/** The most copies a second that a replay out of the queue may have. */
export function highestRate(namespaceRate: number, policy: QueuePolicy): number {
  return Math.min(namespaceRate, policy.maxRate ?? namespaceRate);
}

/** Which fields a change changes, with what they were and are: for the audit. */
export function policyChanges(
  before: QueuePolicy,
  after: QueuePolicy,
): Record<string, { readonly from: unknown; readonly to: unknown }> {
  const fields = (Object.keys(DEFAULT_POLICY) as (keyof QueuePolicy)[]).filter((field) => field !== "version");
  return Object.fromEntries(
    fields
      .filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]))
      .map((field) => [field, { from: before[field], to: after[field] }]),
  );
}
