import type { NewCauseRule } from "@/lib/contracts/causes";
import { AppError } from "@/lib/domain/app-error";
import type { StoreScope } from "@/lib/store/ports";
import type { CauseRuleRecord } from "@/lib/store/ports/causes";
import { compileRule, requireShort } from "./compile-rule";

export type RuleDraft = Omit<CauseRuleRecord, "id" | "createdAt" | "createdBy">;

/**
 * A rule as a person asked for it, checked: the expression can be read, the queue and the cause that it splits exist. Throws
 * "invalid-input" and "not-found".
 */
export async function draftRule(tx: StoreScope, input: NewCauseRule): Promise<RuleDraft> {
  const draft = {
    queueId: input.queue,
    within: input.cause === undefined ? [] : await splitFingerprints(tx, input.cause, input.queue),
    field: input.field,
    property: input.property ?? null,
    operator: input.operator,
    pattern: input.pattern,
    title: input.title,
  };
  requireShort(draft);
  compileRule({ ...draft, id: 0 });
  return draft;
}

async function splitFingerprints(tx: StoreScope, causeId: string, queueId: number | null): Promise<string[]> {
  const [cause] = await tx.causes.records([causeId]);
  if (cause === undefined) throw new AppError("not-found", `There is no cause number ${causeId}.`);
  if (cause.queueId !== queueId) {
    throw new AppError("invalid-input", "The cause to split is of another queue.", { queue: "not the cause's queue" });
  }
  const parts = [cause, ...(await tx.causes.mergedInto([cause.mergedInto ?? cause.id]))];
  if (parts.some((part) => part.ruleId !== null)) {
    throw new AppError("invalid-input", "A cause that a rule made is not split: make another rule before that one.", {
      cause: "made by a rule",
    });
  }
  return parts.map((part) => part.fingerprint);
}
