import { shouldStop } from "@/lib/domain/circuit-breaker";
import type { EngineContext } from "../engine/context";
import { pauseByEngine } from "../engine/pause-by-engine";

/** Pauses running replays of which too much has come back dead, wherever in the namespace it died (R11). */
export async function stopFailing(context: EngineContext): Promise<void> {
  for (const figures of await context.store.guards.returns()) {
    const words = shouldStop(figures);
    if (words !== null) await pauseByEngine(context, figures.id, words);
  }
}
