import type { LockedMessage } from "@/lib/brokers/broker";
import { describeError } from "@/lib/domain/describe-error";
import type { ArchivedMessage, Claims, QueueWork, RunningReplay } from "@/lib/store/ports/ledger";
import type { EngineContext } from "./context";
import type { Held } from "./held";
import { Link } from "./link";
import { Pulse } from "./pulse";
import type { Strays } from "./strays";

/** Messages of one look, items and bytes to hold, at most. */
const MOST_PER_LOOK = 500;
const MOST_HELD = 1_000;
const MOST_BYTES = 16 * 1_024 * 1_024;

/**
 * Where a restore's messages come from: nobody can lock or remove them elsewhere, so they hold as long as this does, and to
 * complete one is to close its item. One worker at a time restores for a DLQ.
 */
const ARCHIVE_LINK = new Link({
  isOpen: () => true,
  lock: async () => [],
  complete: async () => {},
  completeAll: async (messages) => messages.map(() => ({ status: "fulfilled", value: undefined })),
  abandon: async () => {},
  close: async () => {},
});

export interface ArchiveIntakeOptions {
  readonly context: EngineContext;
  /** Items of a replay that its lane holds. */
  readonly known: (replayId: string) => string[];
  readonly deliver: (replayId: string, held: Held[]) => void;
  readonly strays: Strays;
}

/** Hands the archived messages of running restores to their lanes. */
export class ArchiveIntake {
  readonly #options: ArchiveIntakeOptions;
  readonly #pulse = new Pulse();
  #work: QueueWork;
  #ending = false;
  #isTaking = false;

  constructor(options: ArchiveIntakeOptions, work: QueueWork) {
    this.#options = options;
    this.#work = work;
  }

  update(work: QueueWork): void {
    this.#work = work;
    if (work.restoring > 0) this.#pulse.notify();
  }

  /** Between a look and what comes of it: claims may be committed that no lane has yet. */
  get isTaking(): boolean {
    return this.#isTaking;
  }

  end(): void {
    this.#ending = true;
    this.#pulse.notify();
  }

  async run(): Promise<void> {
    while (!this.#ending) {
      let found = 0;
      this.#isTaking = true;
      try {
        for (const replay of this.#restores()) found += await this.#take(replay);
      } catch (error) {
        this.#options.context.log.warn(
          { queue: this.#work.entityPath, err: describeError(error) },
          "the archive could not be read, trying again",
        );
      } finally {
        this.#isTaking = false;
      }
      await this.#pulse.wait(found > 0 ? 100 : 1_000);
    }
  }

  #restores(): readonly RunningReplay[] {
    if (this.#work.restoring === 0 || !this.#work.mayOrder || !this.#options.context.lease.isValid()) return [];
    return this.#work.replays.filter(({ kind }) => kind === "restore");
  }

  async #take(replay: RunningReplay): Promise<number> {
    const { context, known, deliver } = this.#options;
    const here = known(replay.id);
    // Twice what goes in a second is enough to hold: the archive is at hand.
    const space = Math.min(MOST_HELD, Math.max(1, Math.ceil(replay.rate * 2))) - here.length;
    if (space <= 0) return 0;
    const messages = await context.store.ledger.archived(replay.id, here, Math.min(space, MOST_PER_LOOK), MOST_BYTES);
    if (messages.length === 0) return 0;
    const claims = await this.#claim(messages);
    const byItem = new Map(messages.map((message) => [message.itemId, message]));
    const held = claims.claimed.flatMap((item): Held[] => {
      const message = byItem.get(item.id);
      if (message === undefined) return [];
      return [
        {
          item,
          locked: asLocked(message, context.now()),
          link: ARCHIVE_LINK,
          copy: null,
        },
      ];
    });
    deliver(replay.id, held);
    return held.length;
  }

  async #claim(messages: readonly ArchivedMessage[]): Promise<Claims> {
    const { context, strays } = this.#options;
    try {
      return await context.store.windows.claim({
        workerId: context.workerId,
        queueId: this.#work.queueId,
        locked: messages,
        mayOrder: true,
        from: "archive",
      });
    } catch (error) {
      // Those of restores with sessions may be committed although the answer was lost.
      strays.expect();
      throw error;
    }
  }
}

function asLocked({ itemId: _, ...message }: ArchivedMessage, receivedAt: number): LockedMessage {
  return { message: { ...message, stamp: null }, receivedAt, lockMs: Number.POSITIVE_INFINITY };
}
