import { SHORTEST_LOCK_SECONDS, timingFor } from "@/lib/domain/lock-window";
import type { QueueWork } from "@/lib/store/ports/ledger";
import { ArchiveIntake } from "./archive-intake";
import { Completer } from "./completer";
import type { Connection, EngineContext } from "./context";
import type { Held } from "./held";
import { Intake } from "./intake";
import { Lane } from "./lane";
import { Links } from "./links";
import { MissingSearch } from "./missing";
import { persist } from "./persist";
import { ReachGuard } from "./reach-guard";
import { Senders } from "./senders";
import { Strays } from "./strays";

/**
 * Replays out of one DLQ in this worker: an intake that locks and claims, a lane for each replay that sends, a completer
 * that removes originals. They hand on to each other and run side by side.
 *
 * running -> ending (the intake stops; lanes give back what waits; blocks and completions end) -> ended.
 */
export class QueueRunner {
  readonly #context: EngineContext;
  readonly #connection: Connection;
  readonly #links: Links;
  readonly #senders: Senders;
  readonly #completer: Completer;
  readonly #guard: ReachGuard;
  readonly #intake: Intake;
  readonly #archive: ArchiveIntake;
  readonly #strays: Strays;
  readonly #lanes = new Map<string, { lane: Lane; done: Promise<void> }>();
  readonly #lockMs: number;
  readonly #lookSoon: () => void;
  /** Releases under way of what was claimed for a replay without a lane. */
  #givingBack = 0;
  #work: QueueWork;
  readonly #done: Promise<unknown>;

  /** `strandedUntil`: when the locks have run out that an earlier runner of this DLQ left. `lookSoon`: has the work looked at anew at once. */
  constructor(
    context: EngineContext,
    connection: Connection,
    work: QueueWork,
    { strandedUntil, lookSoon }: { strandedUntil: number; lookSoon: () => void },
  ) {
    this.#context = context;
    this.#connection = connection;
    this.#work = work;
    this.#lookSoon = lookSoon;
    this.#lockMs = (work.lockSeconds ?? SHORTEST_LOCK_SECONDS) * 1000;
    const { broker } = connection;
    this.#links = new Links(broker, work, strandedUntil);
    this.#senders = new Senders(broker);
    this.#completer = new Completer(context, this.#links);
    this.#guard = new ReachGuard(context, connection);
    const known = () => [...[...this.#lanes.values()].flatMap(({ lane }) => lane.ids()), ...this.#completer.busy];
    this.#strays = new Strays(context, work.queueId, known);
    this.#intake = new Intake(
      {
        context,
        timing: timingFor(context.timing, this.#lockMs),
        lockMs: this.#lockMs,
        links: this.#links,
        completer: this.#completer,
        missing: new MissingSearch(context, broker, work, work.queueId),
        holds: () => this.#ofQueue().reduce((sum, { lane }) => sum + lane.holds, 0),
        strays: this.#strays,
        known,
        plannedHere: () => this.#ofWork().reduce((sum, { lane }) => sum + lane.planned, 0),
        heldBytes: () => this.#ofQueue().reduce((sum, { lane }) => sum + lane.waiting.bytes, 0),
        deliver: (replayId, held) => this.#deliver(replayId, held),
        report: (fields) =>
          context.log.info({ queue: work.entityPath, namespace: work.namespace, ...fields }, "window"),
        lookSoon,
      },
      work,
    );
    this.#archive = new ArchiveIntake(
      {
        context,
        known: (replayId) => this.#lanes.get(replayId)?.lane.ids() ?? [],
        deliver: (id, held) => this.#deliver(id, held),
        strays: this.#strays,
      },
      work,
    );
    this.update(work);
    this.#done = Promise.all([this.#intake.run(), this.#archive.run(), this.#completer.run()]);
  }

  /** Its work is about to be looked at. */
  beforeLook(): void {
    this.#intake.beforeLook();
  }

  update(work: QueueWork): void {
    this.#work = work;
    for (const replay of work.replays) {
      const known = this.#lanes.get(replay.id);
      if (known !== undefined) known.lane.update(replay);
      else {
        const lane = new Lane(
          {
            context: this.#context,
            timing: timingFor(this.#context.timing, this.#lockMs),
            connection: this.#connection,
            queue: work,
            links: this.#links,
            senders: this.#senders,
            completer: this.#completer,
            guard: this.#guard,
            wantMore: () => this.#intake.wake(),
            isBack: (items) => this.#intake.note(replay.ordered || replay.kind === "restore" ? 0 : items),
            keep: (held) => this.#intake.keep(held),
            expectStrays: () => this.#strays.expect(),
          },
          replay,
        );
        this.#lanes.set(replay.id, { lane, done: lane.run() });
      }
    }
    for (const [id, { lane }] of this.#lanes) {
      if (lane.holds > 0 || work.replays.some((replay) => replay.id === id)) continue;
      this.#lanes.delete(id);
      lane.end();
    }
    this.#intake.update(work);
    this.#archive.update(work);
  }

  /** When the locks have run out that nobody here works on. */
  get strandedUntil(): number {
    return this.#links.strandedUntil;
  }

  /** No work is left but what it holds: nothing more is locked. */
  rest(): void {
    this.update({ ...this.#work, replays: [], planned: 0, restoring: 0, sent: 0 });
  }

  /** True when nothing is left that it holds, knowingly or not. */
  isIdle(): boolean {
    const isTaking = this.#intake.isTaking || this.#archive.isTaking || this.#strays.areExpected;
    return (
      !isTaking &&
      this.#givingBack === 0 &&
      !this.#intake.isKeeping &&
      this.#completer.busy.size === 0 &&
      [...this.#lanes.values()].every(({ lane }) => lane.holds === 0)
    );
  }

  /** Gives back what is not sent, finishes what is, closes the links. */
  async end(): Promise<void> {
    this.#intake.end();
    this.#archive.end();
    for (const { lane } of this.#lanes.values()) lane.end();
    await Promise.all([...this.#lanes.values()].map(({ done }) => done));
    this.#completer.end();
    await this.#done;
    await Promise.all([this.#links.close(), this.#senders.close()]);
  }

  /** The lanes whose messages are locked in the DLQ: not those of restores. */
  #ofQueue(): { lane: Lane }[] {
    return [...this.#lanes.values()].filter(({ lane }) => lane.waiting.replay.kind !== "restore");
  }

  /** Of these the ones whose replays may send: the others' messages are not among those that are planned. */
  #ofWork(): { lane: Lane }[] {
    const ids = new Set(this.#work.replays.map(({ id }) => id));
    return this.#ofQueue().filter(({ lane }) => ids.has(lane.waiting.replay.id));
  }

  #deliver(replayId: string, held: Held[]): void {
    const lane = this.#lanes.get(replayId);
    if (lane !== undefined) {
      lane.lane.add(held);
      return;
    }
    // Claimed between two looks at the work, for a replay that was started meanwhile: the next look makes its lane.
    void this.#giveBack(held);
  }

  async #giveBack(held: readonly Held[]): Promise<void> {
    const { store, workerId } = this.#context;
    const ids = held.map(({ item }) => item.id);
    this.#givingBack += 1;
    try {
      await persist(this.#context, "release", () => store.ledger.release(workerId, ids));
      this.#intake.keep(held);
      for (const { link } of held) this.#links.release(link);
    } finally {
      this.#givingBack -= 1;
    }
    this.#lookSoon();
  }
}
