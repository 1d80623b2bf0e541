import type { HeldItem } from "@/lib/store/ports/ledger";
import type { EngineContext } from "./context";

/**
 * A statement whose answer was lost may still commit, ms: for as long as the database lets it run, and before that, for as long as it was
 * on its way; and between two looks for what it did.
 */
const LATEST_MS = 180_000;
const LOOK_MS = 2_000;

/**
 * Items that are on record as this worker's and that it does not know of: the answer of the statement that claimed or intended them was
 * lost. Nothing of them was sent. They are looked for until no such statement can commit any more, and a look has been made after that:
 * nobody else takes them while this worker lives.
 */
export class Strays {
  readonly #context: EngineContext;
  readonly #queueId: number;
  readonly #known: () => readonly string[];
  /** Until when statements may commit whose answers were lost; null: none was. */
  #latest: number | null = null;
  #soughtAt = Number.NEGATIVE_INFINITY;

  /** `known`: the items of the DLQ that this worker holds. */
  constructor(context: EngineContext, queueId: number, known: () => readonly string[]) {
    this.#context = context;
    this.#queueId = queueId;
    this.#known = known;
  }

  /** The answer of a statement that claims, intends or archives was lost. */
  expect(): void {
    this.#latest = this.#context.now() + LATEST_MS;
  }

  /** Some may be there that were not found yet. */
  get areExpected(): boolean {
    return this.#latest !== null;
  }

  /** Looks for them where some are to be expected, and gives them back. Rejects when the database does not answer: they are expected still. */
  async seek(): Promise<void> {
    const { now, lease, store, workerId } = this.#context;
    const began = now();
    const latest = this.#latest;
    if (latest === null || began - this.#soughtAt < LOOK_MS || !lease.isValid()) return;
    const { lapses } = lease;
    const held = await store.ledger.held(workerId, this.#queueId);
    // Only now: what has come to be held while the answer was on its way is known.
    const known = new Set(this.#known());
    const strays = held.filter(({ id }) => !known.has(id));
    const idsOf = (state: HeldItem["state"]) => strays.filter((stray) => stray.state === state).map(({ id }) => id);
    const [claimed, sent] = [idsOf("claimed"), idsOf("sent")];
    const sending = strays.filter(({ state }) => state === "sending");
    if (sent.length > 0) await store.ledger.leaveSent(workerId, sent);
    if (sending.length > 0) await store.ledger.takeBack(workerId, sending);
    // A claim alone: its answer may come yet, and what has been intended by then is under way.
    if (claimed.length > 0) await store.ledger.release(workerId, claimed);
    // Without a lease nothing was written.
    if (lease.lapses !== lapses || !lease.isValid()) return;
    this.#soughtAt = began;
    if (began > latest && this.#latest === latest) this.#latest = null;
  }
}
