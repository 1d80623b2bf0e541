import type { Config } from "@/lib/contracts/configuration";
import { AppError } from "@/lib/domain/app-error";

/** The part of the configuration that limits a replay. */
export type ReplayConfig = Pick<Config, "namespaces">;

/** Refuses a rate above what the configuration allows its namespace. */
export function checkRate(config: ReplayConfig, namespace: string, rate: number): void {
  const most = config.namespaces.find(({ name }) => name === namespace)?.maxReplayRate;
  if (most === undefined) {
    throw new AppError(
      "unprocessable",
      `The namespace ${namespace} is no longer configured: nothing can be replayed into it.`,
    );
  }
  if (rate > most) {
    throw new AppError("unprocessable", `${namespace} allows at most ${most} copies a second.`, {
      rate: `at most ${most}`,
    });
  }
}
