import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { CopySender } from "@/lib/brokers/broker";
import { describeError } from "@/lib/domain/describe-error";
import { mayStillSend } from "@/lib/domain/lock-window";
import { blockSize, type LivePermits, replayScope } from "@/lib/domain/throttle";
import type { Intended, RunningReplay } from "@/lib/store/ports/ledger";
import { askRules } from "./ask-rules";
import { type Held, idOf, Waiting } from "./held";
import type { LaneContext } from "./lane-context";
import { Limits } from "./limits";
import { Patience } from "./patience";
import { persist } from "./persist";
import { prepareBlock } from "./prepare-block";
import { Pulse } from "./pulse";
import { Returns } from "./returns";
import { type BlockResult, sendBlock } from "./send-block";
import { judgeOpening, type SendFailure } from "./send-error";
import { SendFailures } from "./send-failures";

/** Items of one intent statement at most. */
const MOST_IN_BLOCK = 500;
const LEAST_IN_BLOCK = 50;
/** Items of a replay's first intent: at a rate that permits are not waited for, each statement costs more than some of them dying. */
const FIRST_IN_BLOCK = 125;
/** Blocks between intent and record at a time: the next permits are asked for while the last copies are under way. */
const MOST_BLOCKS = 4;
/** Between two asks for permits while there are fewer than items, ms: well under the time that permits are collected for. */
const ASK_MS = 50;
/** Between two looks whether the locks of what waits still hold, ms. */
const SWEEP_MS = 250;

/**
 * Sends what is claimed of one replay, at its rate. Permits and intents first, in one statement; then the bytes; then the
 * record. Up to four blocks are between intent and record, so that the rate is kept while the broker answers.
 *
 * open (takes items, sends) -> ending (takes none; gives back what waits, lets blocks end) -> ended.
 */
export class Lane {
  readonly waiting: Waiting;
  readonly #lane: LaneContext;
  readonly #returns: Returns;
  readonly #patience: Patience;
  readonly #failures: SendFailures;
  readonly #limits: Limits;
  readonly #pulse = new Pulse();
  readonly #blocks = new Set<Promise<void>>();
  /** Items between intent and record, each with its attempt: the next one may be on its way before all of its block is done. */
  readonly #outside = new Map<string, number>();
  /**
   * Items of one intent now: few at first, since what a worker does for the first time takes it many times as long, and permits die
   * meanwhile; twice as many with each block that left whole, and fewer after permits died before their copies could leave.
   */
  #mostInBlock: number;
  #growth: "double" | "add" = "double";
  #ending = false;
  #sweptAt = Number.NEGATIVE_INFINITY;
  /** When the last ask was made whose answer was short; null: the last one was not. */
  #shortAt: number | null = null;

  constructor(lane: LaneContext, replay: RunningReplay) {
    this.#lane = lane;
    this.waiting = new Waiting(replay);
    this.#mostInBlock =
      blockSize(replay.rate, replay.burst, MOST_IN_BLOCK, null) < MOST_IN_BLOCK ? LEAST_IN_BLOCK : FIRST_IN_BLOCK;
    this.#returns = new Returns(lane, this.waiting);
    this.#patience = new Patience(lane.context, () => [replay.id]);
    this.#failures = new SendFailures(lane, this.waiting, this.#returns);
    this.#limits = new Limits(lane);
  }

  /** Items waiting or between intent and record. */
  get holds(): number {
    return this.waiting.size + this.#outside.size;
  }

  /** Items that wait and are on record as planned still: those of ordered replays are claimed. */
  get planned(): number {
    return this.waiting.replay.ordered ? 0 : this.waiting.size;
  }

  ids(): string[] {
    return [...this.waiting.ids(), ...this.#outside.keys()];
  }

  add(held: readonly Held[]): void {
    this.#returns.letGo(this.waiting.add(held));
    this.#pulse.notify();
  }

  update(replay: RunningReplay): void {
    this.waiting.replay = replay;
  }

  end(): void {
    this.#ending = true;
    this.#pulse.notify();
  }

  async run(): Promise<void> {
    void this.#getReady();
    while (!this.#ending) {
      try {
        await this.#turn();
      } catch (error) {
        this.#lane.context.log.warn(
          { replay: this.waiting.replay.id, err: describeError(error) },
          "window failed, trying again",
        );
        await this.#pulse.wait(500);
      }
    }
    await this.#returns.giveBack(this.waiting.drop(() => true));
    await Promise.all(this.#blocks);
  }

  /** While the first messages are locked, the target's link is opened and its rules are read. What fails here is said by the turn that needs it. */
  async #getReady(): Promise<void> {
    const { kind, targetPath } = this.waiting.replay;
    if (kind === "discard") return;
    await Promise.allSettled([this.#lane.senders.to(targetPath), this.#lane.guard.ready(targetPath)]);
  }

  async #turn(): Promise<void> {
    const { context, connection } = this.#lane;
    const now = context.now();
    await this.#sweep(now);
    const pause = this.#patience.wait(now);
    const { rate, burst, kind } = this.waiting.replay;
    const block =
      pause > 0 || this.#blocks.size >= MOST_BLOCKS
        ? []
        : this.waiting.next(blockSize(rate, burst, this.#mostInBlock, this.#sinceShort(now)));
    if (block.length === 0) {
      await this.#pulse.wait(pause > 0 ? Math.min(pause, 500) : 500);
      return;
    }
    if (kind === "discard") {
      await this.#archive(block);
      return;
    }
    const { ready: made, failed } = prepareBlock(connection, this.waiting.replay, block);
    this.waiting.take(failed.map(({ held }) => held.item.id));
    for (const { held, words } of failed) await this.#returns.fail([held], words);
    const ready = await askRules(this.#lane, this.waiting, this.#returns, made);
    if (ready.length === 0 || !(await this.#canSend())) return;
    await this.#limits.ensure(this.waiting.replay);
    const asked = context.now();
    const intended = await this.#intend(ready);
    if (!intended.allowed) {
      await this.#setAside();
      await this.#pulse.wait(250);
      return;
    }
    await this.#returns.dropped(intended.dropped);
    const granted = this.waiting.take(intended.ids);
    if (granted.length > 0) {
      const { granted: count, lifeMs, lastLifeMs } = intended;
      this.#launch(granted, { count, firstUntil: asked + lifeMs, lastUntil: asked + lastLifeMs });
    }
    await this.#paced(asked, granted.length + intended.dropped.length < ready.length, intended.retryMs);
  }

  /** Opens the sender before permits are asked for: they would die meanwhile. False: it cannot be opened now. */
  async #canSend(): Promise<boolean> {
    const opened = await this.#open();
    if (opened.sender !== null) return true;
    // What is held waits for a broker that is away, under its locks; a target that is not there pauses the replay.
    const { failure } = opened;
    if (failure.kind !== "refused-target") await this.#patience.later(failure.words);
    else await this.#failures.pause(failure.words, () => this.#setAside());
    return false;
  }

  /** After an answer with fewer permits than asked for: waits until it is worth asking again. */
  async #paced(asked: number, isShort: boolean, retryMs: number): Promise<void> {
    this.#shortAt = isShort ? asked : null;
    if (isShort) await delay(Math.min(500, Math.max(retryMs, ASK_MS)));
  }

  #sinceShort(now: number): number | null {
    return this.#shortAt === null ? null : now - this.#shortAt;
  }

  /** Keeps the bytes of a discard's messages and hands their originals on to be removed: nothing is sent, and nothing can be in doubt. */
  async #archive(block: readonly Held[]): Promise<void> {
    const { context, completer } = this.#lane;
    await this.#limits.ensure(this.waiting.replay);
    const { id } = this.waiting.replay;
    const ids = block.map(idOf);
    const asked = context.now();
    let archived: Intended;
    try {
      archived = await context.store.windows.archive({
        workerId: context.workerId,
        replayId: id,
        scopes: [replayScope(id)],
        originals: block.map(({ item, locked }) => ({
          id: item.id,
          attempt: item.attempt,
          hash: createHash("sha256").update(locked.message.encoded).digest(),
          encoded: locked.message.encoded,
        })),
      });
    } catch (error) {
      // What the statement archived although its answer was lost is removed when it is locked again.
      this.#lane.expectStrays();
      this.#returns.letGo(this.waiting.dropIds(ids));
      throw error;
    }
    if (!archived.allowed) {
      await this.#setAside();
      await this.#pulse.wait(250);
      return;
    }
    await this.#returns.dropped(archived.dropped);
    const taken = this.waiting.take(archived.ids);
    await context.onStep?.("recorded", taken.map(idOf));
    completer.add(taken.map(({ item, locked, link }) => ({ id: item.id, locked, link })));
    await this.#paced(asked, taken.length + archived.dropped.length < block.length, archived.retryMs);
  }

  /** Gives back what may not be sent any more under its lock (R1); looked at again right before each send. */
  async #sweep(now: number): Promise<void> {
    if (now - this.#sweptAt < SWEEP_MS) return;
    this.#sweptAt = now;
    const { timing } = this.#lane;
    await this.#returns.giveBack(
      this.waiting.drop((held) => !held.link.receiver.isOpen() || !mayStillSend(held.locked, now, timing)),
    );
  }

  async #intend(block: readonly Held[]): Promise<Intended> {
    const { context, timing } = this.#lane;
    const { id } = this.waiting.replay;
    try {
      return await context.store.windows.intend({
        workerId: context.workerId,
        replayId: id,
        scopes: this.#limits.scopes(this.waiting.replay),
        intents: block.map(({ item, copy, locked }) => ({
          id: item.id,
          attempt: item.attempt,
          messageId: copy?.messageId ?? null,
          hash: copy?.hash ?? new Uint8Array(),
          expiresAt: locked.message.expiresAt,
        })),
        sendTimeoutMs: timing.sendTimeoutMs,
      });
    } catch (error) {
      // The intents may be committed although the answer was lost. None of them is sent: they go back to planned, and what
      // the statement commits after that is found as nobody's.
      this.#lane.expectStrays();
      await this.#takeBack(this.waiting.dropIds(block.map(idOf)));
      throw error;
    }
  }

  /** As long as that takes they are this lane's: another would begin the same attempt. */
  async #takeBack(held: readonly Held[]): Promise<void> {
    this.#goesOut(held);
    await this.#returns.takeBack(held);
    this.#isBack(held);
  }

  /** All that waits. It is this lane's until it is on record: a worker that holds nothing lets its locks go. */
  async #setAside(): Promise<void> {
    const held = this.waiting.clear();
    this.#goesOut(held);
    await this.#returns.setAside(held).finally(() => this.#isBack(held));
  }

  #goesOut(held: readonly Held[]): void {
    for (const { item } of held) this.#outside.set(item.id, item.attempt);
  }

  #isBack(held: readonly Held[]): void {
    for (const { item } of held) if (this.#outside.get(item.id) === item.attempt) this.#outside.delete(item.id);
  }

  #launch(granted: readonly Held[], permits: LivePermits): void {
    this.#goesOut(granted);
    const block = this.#send(granted, permits).finally(() => {
      this.#isBack(granted);
      this.#blocks.delete(block);
      this.#pulse.notify();
    });
    this.#blocks.add(block);
    this.#lane.wantMore();
  }

  /** Sends what is intended and says what became of each. Never rejects: nothing is left behind that is on record as being sent. */
  async #send(granted: readonly Held[], permits: LivePermits): Promise<void> {
    const left = new Set(granted);
    const after = async (held: readonly Held[], act: () => Promise<void>) => {
      if (held.length > 0) await act();
      for (const one of held) left.delete(one);
    };
    try {
      await this.#lane.context.onStep?.("intended", granted.map(idOf));
      const opened = await this.#open();
      const { accepted, unsent, failed } =
        opened.sender === null
          ? { accepted: [], unsent: [], failed: [{ held: granted, failure: opened.failure }] }
          : await this.#write(opened.sender, granted, permits);
      this.#resize(granted.length, unsent.length > 0);
      await after(accepted, () => this.#record(accepted));
      // On record first, since whatever is being sent when a worker dies is in doubt: closing a sender and saying so take a second and more.
      const doubts = failed.filter(({ failure }) => failure.kind === "doubt");
      const doubted = doubts.flatMap(({ held }) => held);
      await after(doubted, () => this.#failures.doubt(doubted, doubts[0]?.failure.words ?? ""));
      await after(unsent, () => this.#returns.retract(unsent, this.#ending));
      const waitedFor: string[] = [];
      let isUseless = doubted.length > 0;
      for (const { held, failure } of failed) {
        if (failure.kind === "doubt" || failure.kind === "later") waitedFor.push(failure.words);
        if (failure.kind === "doubt") continue;
        if (failure.kind === "later" && failure.reopen) isUseless = true;
        await after(held, () => this.#failures.handle(held, failure, this.#ending));
      }
      if (opened.sender !== null && isUseless) await this.#failures.close(opened.sender, doubted);
      for (const words of waitedFor) await this.#patience.later(words);
      // What is waited for is said still.
      if (accepted.length > 0 && this.#patience.wait(this.#lane.context.now()) <= 0) await this.#unsay();
    } catch (error) {
      const words = describeError(error);
      this.#lane.context.log.error({ replay: this.waiting.replay.id, items: left.size, err: words }, "block failed");
      // Should what is left be on record as another attempt, that one was never sent.
      this.#lane.expectStrays();
      if (left.size > 0) await this.#returns.doubt([...left], `the worker failed while it was being sent: ${words}`);
    }
  }

  async #open(): Promise<
    | { readonly sender: CopySender }
    | { readonly sender: null; readonly failure: Exclude<SendFailure, { kind: "doubt" }> }
  > {
    const { targetPath } = this.waiting.replay;
    try {
      return { sender: await this.#lane.senders.to(targetPath) };
    } catch (error) {
      return { sender: null, failure: judgeOpening(error, targetPath) };
    }
  }

  #write(sender: CopySender, granted: readonly Held[], permits: LivePermits): Promise<BlockResult> {
    const { context, timing } = this.#lane;
    const { targetPath: target, ordered } = this.waiting.replay;
    const alone = (held: Held) => this.#failures.alone.has(held.item.id) || (ordered && held.item.sessionId !== null);
    return sendBlock(context, timing, sender, granted, { permits, alone, target });
  }

  #resize(sent: number, permitsDied: boolean): void {
    if (permitsDied) {
      this.#growth = "add";
      this.#mostInBlock = Math.max(LEAST_IN_BLOCK, Math.floor(sent / 2));
      return;
    }
    const more = this.#growth === "double" ? this.#mostInBlock : LEAST_IN_BLOCK;
    this.#mostInBlock = Math.min(MOST_IN_BLOCK, this.#mostInBlock + more);
  }

  /** R3: on record as sent, then handed to the completer. */
  async #record(accepted: readonly Held[]): Promise<void> {
    const { context, completer } = this.#lane;
    const ids = accepted.map(idOf);
    await context.onStep?.("answered", ids);
    const recorded = await persist(
      context,
      "sent",
      () => context.store.windows.recordSent(context.workerId, ids),
      (written) => written.length === ids.length,
    );
    const known = new Set(recorded ?? []);
    await context.onStep?.("recorded", [...known]);
    this.waiting.accepted(accepted);
    completer.add(
      accepted
        .filter(({ item }) => known.has(item.id))
        .map(({ item, locked, link }) => ({ id: item.id, locked, link })),
    );
    this.#returns.letGo(accepted.filter(({ item }) => !known.has(item.id)));
    this.#patience.recovered();
  }

  /** Whatever held it up, and whoever said so: it goes on. */
  async #unsay(): Promise<void> {
    const { context } = this.#lane;
    const { id, notice } = this.waiting.replay;
    if (notice === null) return;
    try {
      await context.store.ledger.notice(id, null);
      this.waiting.replay = { ...this.waiting.replay, notice: null };
    } catch (error) {
      // The next record says it.
      context.log.warn({ replay: id, err: describeError(error) }, "notice not cleared");
    }
  }
}
