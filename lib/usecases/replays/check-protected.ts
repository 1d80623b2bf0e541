import { AppError } from "@/lib/domain/app-error";
import type { QueuePolicy } from "@/lib/domain/queue-policy";
import type { StoreScope } from "@/lib/store/ports";
import type { PersonActor } from "./plan-replay";

/** Refuses whoever may not replay out of a protected queue. */
export async function checkProtected(tx: StoreScope, policy: QueuePolicy, actor: PersonActor): Promise<void> {
  if (!policy.protected || (await tx.people.mayNow(actor.id, "replays.protected"))) return;
  throw new AppError(
    "forbidden",
    "This queue is protected: administrators alone plan, start and resume replays out of it. Ask one of them.",
  );
}
