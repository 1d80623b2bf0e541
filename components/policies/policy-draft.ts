import type { PolicyDetail, SavePolicy } from "@/lib/contracts/policies";
import { savePolicy } from "@/lib/contracts/policies";

type Policy = SavePolicy["policy"];

/** A policy as its form holds it: what is typed stays as it was typed. */
export interface PolicyDraft {
  readonly maxRate: string;
  readonly approval: Policy["approval"];
  readonly approvalOver: string;
  readonly protected: boolean;
  readonly deduplicatesBy: NonNullable<Policy["deduplicatesBy"]> | "";
  readonly businessKey: string;
  readonly doubtPolicy: Policy["doubtPolicy"];
  readonly healthUrl: string;
  readonly backlogBound: string;
  readonly stamps: boolean;
  readonly quiet: boolean;
  readonly timeZone: string;
  readonly windows: readonly QuietWindowDraft[];
  /** Empty: nothing is sent. */
  readonly quietRate: string;
}

export interface QuietWindowDraft {
  readonly days: readonly number[];
  readonly from: string;
  readonly to: string;
}

/** What a part of the form is given. */
export interface PolicyPart {
  readonly draft: PolicyDraft;
  readonly set: (change: Partial<PolicyDraft>) => void;
  readonly errorOf: (field: string) => string | undefined;
}

export const NIGHT: QuietWindowDraft = { days: [1, 2, 3, 4, 5, 6, 7], from: "22:00", to: "06:00" };

const text = (value: number | string | null) => (value === null ? "" : String(value));

export function draftOf(policy: PolicyDetail["policy"], ownTimeZone: string): PolicyDraft {
  return {
    maxRate: text(policy.maxRate),
    approval: policy.approval,
    approvalOver: text(policy.approvalOver),
    protected: policy.protected,
    deduplicatesBy: policy.deduplicatesBy ?? "",
    businessKey: text(policy.businessKey),
    doubtPolicy: policy.doubtPolicy,
    healthUrl: text(policy.healthUrl),
    backlogBound: text(policy.backlogBound),
    stamps: policy.stamps,
    quiet: policy.quietHours !== null,
    timeZone: policy.quietHours?.timeZone ?? ownTimeZone,
    windows: policy.quietHours?.windows ?? [NIGHT],
    quietRate: text(policy.quietHours?.rate ?? null),
  };
}

/** The policy that the draft means, or what is wrong with it, by the path of the field. */
export function readDraft(draft: PolicyDraft): { policy: Policy } | { errors: Record<string, string> } {
  const meant = {
    maxRate: numberOf(draft.maxRate),
    approval: draft.approval,
    approvalOver: draft.approval === "over" ? numberOf(draft.approvalOver) : null,
    protected: draft.protected,
    deduplicatesBy: draft.deduplicatesBy || null,
    businessKey: draft.deduplicatesBy === "business-key" ? draft.businessKey.trim() || null : null,
    doubtPolicy: draft.doubtPolicy,
    healthUrl: draft.healthUrl.trim() || null,
    backlogBound: numberOf(draft.backlogBound),
    stamps: draft.stamps,
    quietHours: draft.quiet
      ? { timeZone: draft.timeZone.trim(), windows: draft.windows, rate: numberOf(draft.quietRate) }
      : null,
  };
  const read = savePolicy.shape.policy.safeParse(meant);
  if (read.success) return { policy: read.data };
  return {
    errors: Object.fromEntries(read.error.issues.map((issue) => [issue.path.join("."), sentence(issue.message)])),
  };
}

/** Contracts say what is expected as a part of a sentence; below a field it is one of its own. */
function sentence(expected: string): string {
  return `${expected.charAt(0).toUpperCase()}${expected.slice(1)}.`;
}

/** Null where nothing stands; what is no number becomes one that every contract refuses. */
function numberOf(typed: string): number | null {
  const trimmed = typed.trim();
  return trimmed === "" ? null : Number(trimmed.replace(",", "."));
}
