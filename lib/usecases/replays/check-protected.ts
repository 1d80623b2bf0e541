import { AppError } from "@/lib/domain/app-error";
import { protectedQueue, type ReplayPolicies } from "@/lib/domain/replay-policies";
import type { StoreScope } from "@/lib/store/ports";
import type { PersonActor } from "./plan-replay";

/** Refuses whoever may not replay out of a protected queue, or into one. */
export async function checkProtected(tx: StoreScope, policies: ReplayPolicies, actor: PersonActor): Promise<void> {
  const path = protectedQueue(policies);
  if (path === undefined || (await tx.people.mayNow(actor.id, "replays.protected"))) return;
  throw new AppError(
    "forbidden",
    path === null
      ? "This queue is protected: administrators alone plan, start and resume replays out of it. Ask one of them."
      : `${path} is protected, and would get copies: administrators alone plan, start and resume replays into it. Ask one of them.`,
  );
}
