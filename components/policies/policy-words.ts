import { rateText } from "@/components/ui/number-text";
import type { PolicyDetail } from "@/lib/contracts/policies";
import { quietWords } from "@/lib/domain/quiet-hours";

type Policy = PolicyDetail["policy"];

export const APPROVAL_WORDS: Record<Policy["approval"], string> = {
  never: "Nobody need approve",
  edits: "Approve what was edited",
  over: "Approve more than so many messages",
  always: "Approve every replay",
};

export const DEDUPLICATION_WORDS: Record<NonNullable<Policy["deduplicatesBy"]>, string> = {
  "message-id": "by the MessageId",
  "business-key": "by a key of its own in the message",
  nothing: "not at all: a second copy does its work twice",
};

/** What the policy says beyond the defaults, in short; empty: nothing. */
export function policySummary(policy: Policy): string[] {
  const said: string[] = [];
  if (policy.protected) said.push("protected: admins alone, and a second person approves");
  else if (policy.approval === "over")
    said.push(`more than ${policy.approvalOver} messages are approved by a second person`);
  else if (policy.approval === "edits") said.push("edited messages are approved by a second person");
  else if (policy.approval === "always") said.push("every replay is approved by a second person");
  if (policy.maxRate !== null) said.push(`at most ${rateText(policy.maxRate)} a second`);
  if (policy.quietHours !== null) said.push(`quiet ${quietWords(policy.quietHours)}`);
  if (policy.deduplicatesBy !== null) {
    said.push(
      policy.deduplicatesBy === "business-key"
        ? `the consumer knows duplicates by ${policy.businessKey}`
        : policy.deduplicatesBy === "message-id"
          ? "the consumer knows duplicates by the MessageId"
          : "the consumer does not know duplicates",
    );
  }
  if (policy.doubtPolicy === "send-again") said.push("in doubt a message is sent again");
  if (policy.healthUrl !== null) said.push("the consumer's health is asked");
  if (policy.backlogBound !== null) said.push(`pauses when ${policy.backlogBound} messages wait`);
  if (!policy.stamps) said.push("copies carry no stamps");
  return said;
}
