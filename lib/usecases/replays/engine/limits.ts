import { entityScope, namespaceScope, replayScope } from "@/lib/domain/throttle";
import type { RunningReplay } from "@/lib/store/ports/ledger";
import type { LaneContext } from "./lane-context";

/** The scopes of the throttle that a replay's sends count in, with their limits as they are now (R6). */
export class Limits {
  readonly #lane: LaneContext;
  #told = "";

  constructor(lane: LaneContext) {
    this.#lane = lane;
  }

  scopes({ id, targetPath }: RunningReplay): string[] {
    const { namespaceId } = this.#lane.queue;
    return [namespaceScope(namespaceId), entityScope(namespaceId, targetPath), replayScope(id)];
  }

  /** Told to the database once, and again when a limit was changed. */
  async ensure(replay: RunningReplay): Promise<void> {
    const { connection, context } = this.#lane;
    const most = connection.maxReplayRate;
    const ofEntity = Math.min(most, replay.entityRate ?? most);
    const [namespace, entity, own] = this.scopes(replay) as [string, string, string];
    const limits = [
      { scope: namespace, rate: most, burst: Math.ceil(most) },
      { scope: entity, rate: ofEntity, burst: Math.ceil(ofEntity) },
      { scope: own, rate: replay.rate, burst: replay.burst },
    ];
    const spelled = JSON.stringify(limits);
    if (spelled === this.#told) return;
    await context.store.throttle.ensure(limits);
    this.#told = spelled;
  }
}
