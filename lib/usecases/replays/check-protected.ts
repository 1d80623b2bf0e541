import { AppError } from "@/lib/domain/app-error";
import { protectedQueue, type ReplayPolicies } from "@/lib/domain/replay-policies";
import type { StoreScope } from "@/lib/store/ports";
import type { PersonActor } from "./plan-replay";

/**
 * Refuses whoever may not replay out of a protected queue, or into one. Asked by whatever plans or begins sends: a plan, a start, a
 * resume, going on regardless, a judgement to send again.
 */
export async function checkProtected(tx: StoreScope, policies: ReplayPolicies, actor: PersonActor): Promise<void> {
  const path = protectedQueue(policies);
  if (path === undefined || (await tx.people.mayNow(actor.id, "replays.protected"))) return;
  throw new AppError(
    "forbidden",
    path === null
      ? "This queue is protected: administrators alone plan, start and resume replays out of it, or have a message sent again. Ask one of them."
      : `${path} is protected, and would get copies: administrators alone plan, start and resume replays into it, or have a message sent again. Ask one of them.`,
  );
}
