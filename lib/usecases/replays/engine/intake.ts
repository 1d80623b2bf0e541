import { BrokerError, type LockedMessage } from "@/lib/brokers/broker";
import { describeError } from "@/lib/domain/describe-error";
import { mayStillSend, windowSize } from "@/lib/domain/lock-window";
import type { Claims, QueueWork } from "@/lib/store/ports/ledger";
import type { Completer } from "./completer";
import type { EngineContext, Timing } from "./context";
import type { Held } from "./held";
import { Keeping } from "./keeping";
import type { Taken } from "./kept";
import type { Link } from "./link";
import type { Links } from "./links";
import { LockMeter } from "./lock-meter";
import type { MissingSearch } from "./missing";
import { Patience } from "./patience";
import { pauseByEngine } from "./pause-by-engine";
import { PlannedLeft } from "./planned-left";
import { Pulse } from "./pulse";
import type { Strays } from "./strays";

/** Messages of one lock call, and claimed items to hold, at most. */
const MOST_PER_CALL = 500;
const MOST_HELD = 1_500;
/** Bytes of originals to hold, and messages to lock before their size is known. */
const MOST_HELD_BYTES = 48 * 1_024 * 1_024;
const FIRST_CALL = 32;
/** How long a lock call waits for the first message, ms: a pause must show within two seconds. */
const LOCK_WAIT_MS = 700;
/** How long a full link is waited for, and between two looks at it, ms. */
const ROOM_MS = 250;
const ROOM_LOOK_MS = 20;
/** Between two looks for missing messages while nothing can be locked, ms. */
const SEARCH_MS = 1_000;
const MOST_IDLE_MS = 5_000;
/** First wait after a lock call that failed, and the longest: a link that was cut is opened anew soon. */
const BACKOFF = { firstMs: 500, mostMs: 10_000 };
/** Between two words about locks that are waited for, ms. */
const TELL_MS = 1_000;

export interface IntakeOptions {
  readonly context: EngineContext;
  readonly timing: Timing;
  readonly lockMs: number;
  readonly links: Links;
  readonly completer: Completer;
  readonly missing: MissingSearch;
  readonly strays: Strays;
  /** Claimed items that the lanes hold. */
  readonly holds: () => number;
  /** Items that the lanes hold. */
  readonly known: () => string[];
  /** Items that wait in the lanes and are on record as planned still. */
  readonly plannedHere: () => number;
  /** Bytes of the originals that wait in the lanes. */
  readonly heldBytes: () => number;
  readonly deliver: (replayId: string, held: Held[]) => void;
  readonly report: (fields: object) => void;
  /** Has the work looked at anew at once: what was known of it is used up. */
  readonly lookSoon: () => void;
}

/**
 * Locks through the DLQ in order and claims what running replays want; the rest is left to expire, which is harmless in a
 * sub-queue. Nothing can be skipped on a broker that locks in order only: picking a few deep messages costs the way there.
 */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #pulse = new Pulse();
  readonly #meter: LockMeter;
  readonly #patience: Patience;
  readonly #keeping: Keeping;
  #work: QueueWork;
  readonly #left: PlannedLeft;
  #ending = false;
  #isTaking = false;
  /** Messages of one lock call now: few at first, since a worker reads its first ones slowly, and its sends wait meanwhile. */
  #mostPerCall = FIRST_CALL;
  /** Bytes of a message, lately; null: none was seen. */
  #messageBytes: number | null = null;
  /** Share of the locked messages that was wanted, lately. */
  #density = 1;
  #idleMs = 0;
  /** Since when a link is waited for that has no room. */
  #crowdedSince: number | null = null;
  #searchedAt = Number.NEGATIVE_INFINITY;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(options: IntakeOptions, work: QueueWork) {
    this.#options = options;
    this.#work = work;
    this.#left = new PlannedLeft(work.planned, options);
    this.#meter = new LockMeter(options.context, work.queueId);
    this.#keeping = new Keeping(options.links, MOST_HELD_BYTES, options.context.now);
    this.#patience = new Patience(options.context, () => this.#work.replays.map(({ id }) => id), BACKOFF);
  }

  /** The work is about to be looked at. */
  beforeLook(): void {
    this.#left.beforeLook();
  }

  update(work: QueueWork): void {
    this.#left.update(work.planned);
    if (work.planned > this.#work.planned) this.#idleMs = 0;
    if (idsOf(work) !== idsOf(this.#work)) this.#keeping.tryAgain();
    this.#work = work;
    this.#pulse.notify();
  }

  /** There may be room for more. */
  wake(): void {
    this.#pulse.notify();
  }

  /** Released on record, but under their locks still: they may go soon. */
  keep(held: readonly Held[]): void {
    if (this.#ending) return;
    this.#keeping.setAside(held);
    this.#keeping.tryAgain();
  }

  /** So many are planned and in the lanes, but may have been neither at the last look. */
  note(taken: number): void {
    this.#left.take(taken);
  }

  /** Messages are kept under their locks, for as long as these last. */
  get isKeeping(): boolean {
    return this.#keeping.size > 0;
  }

  /** Between a lock and what comes of it: claims may be committed that no lane has yet. */
  get isTaking(): boolean {
    return this.#isTaking;
  }

  end(): void {
    this.#ending = true;
    this.#pulse.notify();
  }

  async run(): Promise<void> {
    while (!this.#ending) {
      try {
        await this.#turn();
      } catch (error) {
        this.#options.context.log.warn(
          { queue: this.#work.entityPath, err: describeError(error) },
          "locking failed, trying again",
        );
        await this.#tellWhy(error).catch(() => undefined);
        await this.#pulse.wait(2_000);
      }
    }
    this.#keeping.drop(() => true);
  }

  /**
   * No message can be locked now, or none before a person has changed something: the replays say so instead of trying for ever.
   * Should the database be away as well, the next try says it.
   */
  async #tellWhy(error: unknown): Promise<void> {
    if (!(error instanceof BrokerError)) return;
    const { entityPath, replays } = this.#work;
    const why = {
      "entity-not-found": `the dead-letter queue of ${entityPath} does not exist`,
      unauthorized: `the credentials may not read the dead letters of ${entityPath}`,
      "not-supported": `the dead letters of ${entityPath} cannot be read`,
    }[error.code as string];
    if (why !== undefined) {
      for (const { id } of replays) await pauseByEngine(this.#options.context, id, `${why}: ${error.message}`);
      return;
    }
    await this.#patience.later(
      error.code === "server-busy"
        ? `the broker is busy: the dead letters of ${entityPath} cannot be locked`
        : `the dead letters of ${entityPath} cannot be locked: ${error.message}`,
    );
  }

  /** Messages can be locked again. A notice that stays, since the database is away, goes with the next send. */
  async #unsay(words: string): Promise<void> {
    const { store, log } = this.#options.context;
    try {
      await store.ledger.unsay(
        this.#work.replays.map(({ id }) => id),
        words,
      );
    } catch (error) {
      log.warn({ queue: this.#work.entityPath, err: describeError(error) }, "notice not cleared");
    }
  }

  async #turn(): Promise<void> {
    const { context, timing } = this.#options;
    await this.#options.strays.seek();
    const now = context.now();
    // R1: what could no longer be sent is locked anew when it has expired.
    this.#keeping.drop(({ locked, link }) => !link.receiver.isOpen() || !mayStillSend(locked, now, timing));
    const pause = this.#patience.wait(now);
    if (pause > 0) {
      await this.#pulse.wait(Math.min(pause, 500));
      return;
    }
    const claimable = this.#claimable();
    const want = claimable + this.#work.sent;
    if (want <= 0 || !context.lease.isValid()) {
      await this.#pulse.wait(250);
      return;
    }
    const space = this.#space();
    const max = Math.max(1, Math.min(space, Math.ceil(want / Math.max(this.#density, want / MOST_PER_CALL))));
    if (this.#waitsForRoom(max, context.now())) {
      await this.#pulse.wait(ROOM_LOOK_MS);
      return;
    }
    // It may have come to its end while it looked for what is held unknowingly.
    if (this.#ending) return;
    this.#isTaking = true;
    try {
      if (claimable === 0 || !(await this.#keeping.claim((taken) => this.#claimKept(taken)))) await this.#take(max);
    } finally {
      this.#isTaking = false;
    }
  }

  /** Locks, claims and hands over. */
  async #take(max: number): Promise<void> {
    const { context } = this.#options;
    const began = context.now();
    const sending = new Set(this.#work.replays.map(({ id }) => id));
    const { link, messages } = await this.#options.links.lock(max, LOCK_WAIT_MS);
    const said = this.#patience.recovered();
    if (said !== null) void this.#unsay(said);
    if (messages.length === 0) {
      await this.#idle();
      return;
    }
    this.#mostPerCall = Math.min(MOST_PER_CALL, this.#mostPerCall * 4);
    const bytes = messages.reduce((sum, { message }) => sum + message.encoded.length, 0) / messages.length;
    this.#messageBytes = this.#messageBytes === null ? bytes : Math.max(bytes, (this.#messageBytes + bytes) / 2);
    const claims = await this.#claim(messages);
    this.#meter.note(messages.length, context.now() - began);
    const byKey = new Map(messages.map((locked) => [locked.message.key, { locked, link }]));
    const { held, sent } = await this.#handOver(claims, byKey);
    // A lock that was lost unnoticed: the newer one counts.
    this.#keeping.drop(({ locked: { message } }) => byKey.has(message.key));
    this.#keeping.early(claims.waiting.map((key) => lockedOf(byKey, key)));
    // Paused while they were being locked.
    this.#keeping.setAside(
      claims.notNow.filter(({ replayId }) => sending.has(replayId)).map(({ key }) => lockedOf(byKey, key)),
    );
    const wanted = held + sent + claims.changed;
    this.#density = 0.5 * this.#density + (0.5 * wanted) / messages.length;
    this.#idleMs = 0;
    this.#options.report({
      locked: messages.length,
      claimed: held,
      completing: sent,
      changed: claims.changed,
    });
    if (wanted === 0) await this.#search();
  }

  /** Claims what it can of messages that were locked before. */
  async #claimKept(taken: readonly Taken[]): Promise<Claims> {
    const byKey = new Map(taken.map((one) => [one.locked.message.key, one]));
    const claims = await this.#claim(taken.map(({ locked }) => locked));
    const { held } = await this.#handOver(claims, byKey);
    if (held > 0) this.#options.report({ locked: 0, claimed: held, completing: 0, changed: claims.changed });
    return claims;
  }

  /** Claimed items go to the lanes of their replays, originals of what is sent to the completer. */
  async #handOver(claims: Claims, byKey: ReadonlyMap<string, Taken>): Promise<{ held: number; sent: number }> {
    const { context, completer } = this.#options;
    const sent = claims.sent.filter(({ id }) => !completer.busy.has(id));
    completer.add(
      sent.map(({ id, key }) => ({ id, locked: lockedOf(byKey, key).locked, link: use(lockedOf(byKey, key)) })),
    );
    const held = claims.claimed.map((item) => {
      const taken = lockedOf(byKey, item.key);
      return { item, locked: taken.locked, link: use(taken), copy: null };
    });
    await context.onStep?.(
      "claimed",
      held.map(({ item }) => item.id),
    );
    this.#left.take(held.length + claims.changed);
    for (const replayId of new Set(held.map(({ item }) => item.replayId))) {
      this.#options.deliver(
        replayId,
        held.filter(({ item }) => item.replayId === replayId),
      );
    }
    return { held: held.length, sent: sent.length };
  }

  /**
   * While the lanes have something to send, a link that is full waits for what it holds to be settled: another one costs as many answers of
   * the broker as a window. Not for long: a slow session may keep it full while others could go on.
   */
  #waitsForRoom(max: number, now: number): boolean {
    if (this.#options.holds() === 0 || !this.#options.links.isCrowded(max)) {
      this.#crowdedSince = null;
      return false;
    }
    this.#crowdedSince ??= now;
    return now - this.#crowdedSince < ROOM_MS;
  }

  /** How many more items to hold: what the rates can use of a lock's time, and no more than there are. */
  #claimable(): number {
    const { timing, lockMs, holds } = this.#options;
    const planned = this.#left.count();
    if (planned <= 0) return 0;
    // Each worker gets its share of a rate; that of an ordered replay goes to the one that may order.
    const rate = this.#work.replays
      .filter(({ kind }) => kind !== "restore")
      .reduce((sum, replay) => sum + (replay.ordered ? replay.rate : replay.rate / this.#work.workers), 0);
    const size = windowSize(rate, lockMs, timing, MOST_HELD);
    const space = size - holds();
    // Refilled by halves: a call per item would cost the broker and the database one each.
    if (space < Math.min(size / 2, MOST_PER_CALL) && holds() > 0) return 0;
    return Math.max(0, Math.min(space, planned));
  }

  /** Messages that one call may lock, so that a worker's memory holds them whatever their size. */
  #space(): number {
    if (this.#messageBytes === null) return FIRST_CALL;
    const left = MOST_HELD_BYTES - this.#options.heldBytes() - this.#keeping.bytes;
    return Math.max(1, Math.min(this.#mostPerCall, Math.floor(left / this.#messageBytes)));
  }

  async #claim(messages: readonly LockedMessage[]) {
    const { context } = this.#options;
    await context.onStep?.("locked", [String(this.#work.queueId)]);
    try {
      return await context.store.windows.claim({
        workerId: context.workerId,
        queueId: this.#work.queueId,
        locked: messages.map(({ message }) => message),
        from: "queue",
        mayOrder: this.#work.mayOrder,
      });
    } catch (error) {
      // Claims of ordered replays may be committed although the answer was lost.
      this.#options.strays.expect();
      throw error;
    }
  }

  /** Nothing can be locked now: it is locked by others, by locks of ours that are left to expire, or it is gone. */
  async #idle(): Promise<void> {
    await this.#search();
    await this.#tellWaiting();
    this.#idleMs = Math.min(MOST_IDLE_MS, this.#options.lockMs / 4, Math.max(100, this.#idleMs * 2));
    await this.#pulse.wait(this.#idleMs);
  }

  /** Planned items are there, none of them here, and nothing can be locked: most likely earlier locks stand in the way. */
  async #tellWaiting(): Promise<void> {
    const { context, lockMs, links, holds } = this.#options;
    const now = context.now();
    if (this.#work.planned === 0 || holds() > 0 || now - this.#toldAt < TELL_MS) return;
    this.#toldAt = now;
    await context.store.ledger.noticeLocks({
      workerId: context.workerId,
      replayIds: this.#work.replays.map(({ id }) => id),
      lockMs,
      strandedMs: Math.max(0, links.strandedUntil - now),
    });
  }

  async #search(): Promise<void> {
    const { context, missing, completer, known } = this.#options;
    if (context.now() - this.#searchedAt < SEARCH_MS) return;
    const busy = new Set([...completer.busy, ...known()]);
    while (!this.#ending && !(await missing.step(busy))) {
      // The next stretch.
    }
    this.#searchedAt = context.now();
  }
}

const idsOf = ({ replays }: QueueWork): string => replays.map(({ id }) => id).join();

function lockedOf(byKey: ReadonlyMap<string, Taken>, key: string): Taken {
  return byKey.get(key) as Taken;
}

function use({ link }: Taken): Link {
  link.inUse += 1;
  return link;
}
