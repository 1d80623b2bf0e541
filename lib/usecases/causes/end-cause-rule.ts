import { AppError } from "@/lib/domain/app-error";
import type { Actor } from "@/lib/domain/audit";
import type { Store } from "@/lib/store/ports";

/** Ends a rule; its messages go back to the causes of their fingerprints. Throws "not-found". */
export async function endCauseRule(
  context: { store: Store; actor: Extract<Actor, { kind: "person" }> },
  input: { readonly id: number },
): Promise<void> {
  const { store, actor } = context;
  await store.transaction(async (tx) => {
    const rule = (await tx.causes.rules()).find(({ id }) => id === input.id);
    if (rule === undefined || !(await tx.causes.endRule(input.id))) {
      throw new AppError("not-found", `There is no rule number ${input.id} in force.`);
    }
    await tx.causes.startRegrouping(rule.queueId, `the rule “${rule.title}” was ended`);
    await tx.audit.append([
      {
        actor,
        action: "cause-rule.ended",
        subject: { kind: "cause-rule", id: String(input.id) },
        ...(rule.queueId === null ? {} : { queueId: rule.queueId }),
        detail: { title: rule.title, field: rule.field, operator: rule.operator, pattern: rule.pattern },
      },
    ]);
  });
}
