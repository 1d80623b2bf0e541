import type { Config } from "@/lib/contracts/configuration";
import type { SavePolicy } from "@/lib/contracts/policies";
import { AppError } from "@/lib/domain/app-error";
import { refuseOutbound } from "@/lib/domain/outbound-hosts";
import { policyChanges } from "@/lib/domain/queue-policy";
import type { Store } from "@/lib/store/ports";
import type { PersonActor } from "../replays/plan-replay";
import { rateLimit } from "../replays/rate-ceiling";

/**
 * Changes what is allowed of replays out of one DLQ. It acts on plans that are not started yet and, as far as rate and quiet hours go,
 * on running replays with their next window. "conflict" when somebody else has changed it since it was read.
 */
export async function savePolicy(
  { store, actor, config }: { store: Store; actor: PersonActor; config: Pick<Config, "namespaces" | "outbound"> },
  { id, version, reason, policy }: SavePolicy & { id: number },
): Promise<{ version: number }> {
  const zone = policy.quietHours?.timeZone;
  if (zone !== undefined && !(await store.policies.knowsTimeZone(zone))) {
    throw new AppError("unprocessable", `The database knows no time zone called ${zone}.`, {
      "policy.quietHours.timeZone": "not known to the database",
    });
  }
  const unasked = policy.healthUrl === null ? null : refuseOutbound(policy.healthUrl, config.outbound.allowedHosts);
  if (unasked !== null) {
    throw new AppError("unprocessable", `The health address would not be asked: ${unasked}.`, {
      "policy.healthUrl": unasked,
    });
  }
  return store.transaction(async (tx) => {
    const before = await tx.policies.detail(id);
    if (before === null) throw new AppError("not-found", "There is no such dead-letter queue.");
    const most = rateLimit(config, before.namespace, { ...before.policy, maxRate: null });
    if (policy.maxRate !== null && policy.maxRate > most) {
      throw new AppError("unprocessable", `${before.namespace} allows at most ${most} copies a second.`, {
        "policy.maxRate": `at most ${most}`,
      });
    }
    const after = { ...policy, version };
    if (before.policy.version !== version || !(await tx.policies.save(id, after, actor.id))) {
      throw new AppError("conflict", "Somebody else has changed this policy meanwhile. Look at it again.");
    }
    await tx.audit.append([
      {
        actor,
        action: "policy.changed",
        subject: { kind: "queue", id: String(id) },
        queueId: id,
        reason,
        detail: { version: version + 1, changes: policyChanges(before.policy, after) },
      },
    ]);
    return { version: version + 1 };
  });
}
