import { BrokerError } from "@/lib/brokers/broker";
import type { RunningReplay } from "@/lib/store/ports/ledger";
import { copyChanges } from "../copy-changes";
import type { Connection } from "./context";
import type { Held } from "./held";

export interface PreparedBlock {
  readonly ready: readonly Held[];
  /** Items of which no copy can be made, with the reason. */
  readonly failed: readonly { readonly held: Held; readonly words: string }[];
}

/** Makes the copies of a block; one that was made before is kept. */
export function prepareBlock({ codec }: Connection, replay: RunningReplay, block: readonly Held[]): PreparedBlock {
  const ready: Held[] = [];
  const failed: { held: Held; words: string }[] = [];
  for (const held of block) {
    try {
      held.copy ??= codec.prepareCopy(held.locked.message.encoded, copyChanges(replay, held.item, new Date()));
      ready.push(held);
    } catch (error) {
      if (!(error instanceof BrokerError)) throw error;
      failed.push({ held, words: `no copy can be made of it: ${error.message}` });
    }
  }
  return { ready, failed };
}
