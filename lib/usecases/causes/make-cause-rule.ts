import type { NewCauseRule } from "@/lib/contracts/causes";
import type { Actor } from "@/lib/domain/audit";
import type { Store } from "@/lib/store/ports";
import { draftRule } from "./draft-rule";

/**
 * Makes a rule: messages that it matches become a cause of their own, those that are there as soon as a worker has come by. Throws
 * "invalid-input" (an expression that cannot be read), "not-found".
 */
export async function makeCauseRule(
  context: { store: Store; actor: Extract<Actor, { kind: "person" }> },
  input: NewCauseRule,
): Promise<{ id: number }> {
  const { store, actor } = context;
  return store.transaction(async (tx) => {
    const draft = await draftRule(tx, input);
    const id = await tx.causes.createRule({ ...draft, createdBy: actor.id });
    await tx.causes.startRegrouping(draft.queueId, `the rule “${draft.title}” was made`);
    await tx.audit.append([
      {
        actor,
        action: "cause-rule.made",
        subject: { kind: "cause-rule", id: String(id) },
        ...(draft.queueId === null ? {} : { queueId: draft.queueId }),
        detail: {
          title: draft.title,
          field: draft.field,
          property: draft.property,
          operator: draft.operator,
          pattern: draft.pattern,
          splits: input.cause ?? null,
        },
      },
    ]);
    return { id };
  });
}
