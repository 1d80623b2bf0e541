import { AppError } from "@/lib/domain/app-error";
import { pauseReplay } from "../pause-replay";
import type { EngineContext } from "./context";

/** Pauses a replay for a reason of the engine's own. Somebody else may have been quicker: then there is nothing to do. */
export async function pauseByEngine(context: EngineContext, replayId: string, reason: string): Promise<void> {
  try {
    await pauseReplay({ store: context.store, actor: context.actor }, { id: replayId, reason });
    context.log.warn({ replay: replayId, reason }, "replay paused");
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
}
