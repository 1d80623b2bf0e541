import { approvalNeeded, type QueuePolicy } from "./queue-policy";

/** The policy of a queue whose consumer gets copies of a replay. */
export interface TargetPolicy {
  readonly entityPath: string;
  readonly policy: QueuePolicy;
}

/**
 * All policies that hold for a replay: that of the queue that it takes its messages from, and those of the queues whose consumers get its
 * copies, where they are others (`into`). The strictest word counts. What a consumer bears does not depend on where a message comes from.
 */
export interface ReplayPolicies {
  readonly own: QueuePolicy;
  readonly into: readonly TargetPolicy[];
}

/** Why a second person must approve a plan by any of its policies, in words; empty: nobody need. */
export function approvalWanted(
  { own, into }: ReplayPolicies,
  plan: { readonly willSend: number; readonly edited: number },
): string[] {
  return [
    ...approvalNeeded(own, plan),
    ...into.flatMap(({ entityPath, policy }) =>
      approvalNeeded(policy, plan).map((words) => `for ${entityPath}, ${words}`),
    ),
  ];
}

/** The queue that is protected, where one is: null for the one that the messages come from. Undefined: none. */
export function protectedQueue({ own, into }: ReplayPolicies): string | null | undefined {
  if (own.protected) return null;
  return into.find(({ policy }) => policy.protected)?.entityPath;
}

/** The lowest rate that a policy of the target bears, where it is below that of the plan. */
export function slowestTarget(
  { into }: ReplayPolicies,
  rate: number,
): (TargetPolicy & { readonly most: number }) | null {
  const [slowest] = into
    .flatMap((target) => (target.policy.maxRate === null ? [] : [{ ...target, most: target.policy.maxRate }]))
    .toSorted((one, other) => one.most - other.most);
  return slowest === undefined || slowest.most >= rate ? null : slowest;
}
