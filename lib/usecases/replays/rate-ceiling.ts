import type { Config } from "@/lib/contracts/configuration";
import { AppError } from "@/lib/domain/app-error";
import { highestRate, type QueuePolicy } from "@/lib/domain/queue-policy";

/** The part of the configuration that limits a replay. */
export type ReplayConfig = Pick<Config, "namespaces">;

/** The most copies a second that the configuration and the queue's policy allow; refuses a namespace that is not configured. */
export function rateLimit(config: ReplayConfig, namespace: string, policy: QueuePolicy): number {
  const most = config.namespaces.find(({ name }) => name === namespace)?.maxReplayRate;
  if (most === undefined) {
    throw new AppError(
      "unprocessable",
      `The namespace ${namespace} is no longer configured: nothing can be replayed into it.`,
    );
  }
  return highestRate(most, policy);
}

/** Refuses a rate above what the namespace or the queue's policy allows. */
export function checkRate(config: ReplayConfig, namespace: string, policy: QueuePolicy, rate: number): void {
  const most = rateLimit(config, namespace, policy);
  if (rate <= most) return;
  const who = policy.maxRate === most ? "The policy of this queue" : namespace;
  throw new AppError("unprocessable", `${who} allows at most ${most} copies a second.`, { rate: `at most ${most}` });
}
