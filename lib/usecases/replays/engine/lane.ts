import { setTimeout as delay } from "node:timers/promises";
import { BrokerError, type CopyChanges } from "@/lib/brokers/broker";
import { describeError } from "@/lib/domain/describe-error";
import { mayStillSend } from "@/lib/domain/lock-window";
import { newMessageId } from "@/lib/domain/message-id-policy";
import { blockSize, entityScope, namespaceScope, PERMIT_LIFE_MS, replayScope } from "@/lib/domain/throttle";
import type { Intended, QueueWork, RunningReplay } from "@/lib/store/ports/ledger";
import type { Completer } from "./completer";
import type { Connection, EngineContext, Timing } from "./context";
import { type Held, Waiting } from "./held";
import type { Links } from "./links";
import { pauseByEngine } from "./pause-by-engine";
import { persist } from "./persist";
import { Pulse } from "./pulse";
import { type BlockResult, sendBlock } from "./send-block";
import type { SendFailure } from "./send-error";
import type { Senders } from "./senders";

/** Items of one intent statement at most. */
const MOST_IN_BLOCK = 250;
/** Blocks between intent and record at a time: the next permits are asked for while the last copies are under way. */
const MOST_BLOCKS = 4;
/** Between two asks for permits while there are fewer than items, ms; under COLLECT_MS, or permits would be lost. */
const ASK_MS = 55;
/** First wait after the broker was busy or away, and the longest, ms. */
const BACKOFF_MS = 2_000;
const MOST_BACKOFF_MS = 60_000;
/** A broker that takes nothing for so long pauses the replay, ms. */
const PATIENCE_MS = 120_000;

export interface LaneContext {
  readonly context: EngineContext;
  readonly timing: Timing;
  readonly connection: Connection;
  readonly queue: Pick<QueueWork, "queueId" | "namespaceId">;
  readonly links: Links;
  readonly senders: Senders;
  readonly completer: Completer;
}

/**
 * Sends what is claimed of one replay, at its rate. Permits and intents first, in one statement; then the bytes; then the
 * record. Up to four blocks are between intent and record, so that the rate is kept while the broker answers.
 *
 * open (takes items, sends) -> ending (takes none; gives back what waits, lets blocks end) -> ended.
 */
export class Lane {
  readonly waiting: Waiting;
  readonly #lane: LaneContext;
  readonly #pulse = new Pulse();
  readonly #blocks = new Set<Promise<void>>();
  /** Items that a batch was refused for: they go alone, so that the one at fault is found. */
  readonly #alone = new Set<string>();
  #outside = 0;
  #ending = false;
  #backoffMs = 0;
  #notBefore = 0;
  #failingSince: number | null = null;
  #scopesFor = "";

  constructor(lane: LaneContext, replay: RunningReplay) {
    this.#lane = lane;
    this.waiting = new Waiting(replay);
  }

  /** Items waiting or between intent and record. */
  get holds(): number {
    return this.waiting.size + this.#outside;
  }

  add(held: readonly Held[]): void {
    this.waiting.add(held);
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
    await this.#giveBack(this.waiting.drop(() => true));
    await Promise.all(this.#blocks);
  }

  async #turn(): Promise<void> {
    const { context, timing } = this.#lane;
    const now = context.now();
    await this.#giveBack(
      this.waiting.drop((held) => !held.link.receiver.isOpen() || !mayStillSend(held.locked, now, timing)),
    );
    const pause = this.#notBefore - now;
    const { rate, burst } = this.waiting.replay;
    const block =
      pause > 0 || this.#blocks.size >= MOST_BLOCKS ? [] : this.waiting.next(blockSize(rate, burst, MOST_IN_BLOCK));
    if (block.length === 0) {
      await this.#pulse.wait(pause > 0 ? Math.min(pause, 500) : 500);
      return;
    }
    const ready = await this.#prepare(block);
    if (ready.length === 0) return;
    await this.#ensureScopes();
    const asked = context.now();
    const intended = await this.#intend(ready);
    if (!intended.allowed) {
      await this.#giveBack(this.waiting.drop(() => true));
      await this.#pulse.wait(250);
      return;
    }
    await this.#letGo(this.waiting.dropIds(intended.dropped));
    const granted = this.waiting.take(intended.ids);
    if (granted.length > 0) this.#launch(granted, asked + PERMIT_LIFE_MS);
    if (granted.length < ready.length) await delay(Math.min(500, Math.max(intended.retryMs, ASK_MS)));
  }

  /** Makes the copies; an item of which none can be made has failed for good. */
  async #prepare(block: readonly Held[]): Promise<Held[]> {
    const ready: Held[] = [];
    for (const held of block) {
      try {
        held.copy ??= this.#lane.connection.codec.prepareCopy(held.locked.message.encoded, this.#changes(held));
        ready.push(held);
      } catch (error) {
        if (!(error instanceof BrokerError)) throw error;
        await this.#fail([held], `no copy can be made of it: ${error.message}`);
      }
    }
    return ready;
  }

  #changes({ item }: Held): CopyChanges {
    return {
      ...(this.waiting.replay.messageIdPolicy === "new" ? { messageId: newMessageId(item.id) } : {}),
      ...(item.edit?.body ? { body: item.edit.body } : {}),
      ...(item.edit === null ? {} : { properties: item.edit.properties }),
      stamp: { itemId: item.id, attempt: item.attempt, originalKey: item.key },
    };
  }

  /** The limits as they are now; told to the database once, and again when the rate was changed. */
  async #ensureScopes(): Promise<void> {
    const { connection, queue, context } = this.#lane;
    const { id, rate, burst, targetPath } = this.waiting.replay;
    const most = connection.maxReplayRate;
    const limits = [
      { scope: namespaceScope(queue.namespaceId), rate: most, burst: Math.ceil(most) },
      { scope: entityScope(queue.namespaceId, targetPath), rate: most, burst: Math.ceil(most) },
      { scope: replayScope(id), rate, burst },
    ];
    const spelled = JSON.stringify(limits);
    if (spelled === this.#scopesFor) return;
    await context.store.throttle.ensure(limits);
    this.#scopesFor = spelled;
  }

  async #intend(block: readonly Held[]): Promise<Intended> {
    const { context, queue, timing } = this.#lane;
    const { id, targetPath } = this.waiting.replay;
    try {
      return await context.store.ledger.intend({
        workerId: context.workerId,
        replayId: id,
        scopes: [namespaceScope(queue.namespaceId), entityScope(queue.namespaceId, targetPath), replayScope(id)],
        intents: block.map(({ item, copy }) => ({
          id: item.id,
          attempt: item.attempt,
          messageId: copy?.messageId ?? null,
          hash: copy?.hash ?? new Uint8Array(),
        })),
        sendTimeoutMs: timing.sendTimeoutMs,
      });
    } catch (error) {
      // The intents may be committed although the answer was lost. None of them is sent: they go back to planned.
      await this.#giveBack(this.waiting.dropIds(block.map(({ item }) => item.id)));
      throw error;
    }
  }

  #launch(granted: readonly Held[], permitsUntil: number): void {
    this.#outside += granted.length;
    const block = this.#send(granted, permitsUntil)
      .catch((error) => this.#lane.context.log.error({ err: describeError(error) }, "block failed"))
      .finally(() => {
        this.#outside -= granted.length;
        this.#blocks.delete(block);
        this.#pulse.notify();
      });
    this.#blocks.add(block);
  }

  async #send(granted: readonly Held[], permitsUntil: number): Promise<void> {
    const { context, timing, senders, completer } = this.#lane;
    const { targetPath: target, ordered } = this.waiting.replay;
    await context.onStep?.("intended", granted.map(idOf));
    let result: BlockResult;
    try {
      const sender = await senders.to(target);
      const alone = (held: Held) => this.#alone.has(held.item.id) || (ordered && held.item.sessionId !== null);
      result = await sendBlock(context, timing, sender, granted, { permitsUntil, alone, target });
    } catch (error) {
      // Opening the sender failed: nothing was written.
      result = { accepted: [], unsent: [], failed: [{ held: granted, failure: judgeOpening(error, target) }] };
    }
    const { accepted } = result;
    if (accepted.length > 0) {
      await context.onStep?.("answered", accepted.map(idOf));
      const ids = accepted.map(idOf);
      const recorded = await persist(
        context,
        "sent",
        () => context.store.ledger.recordSent(context.workerId, ids),
        (written) => written.length === ids.length,
      );
      const known = new Set(recorded ?? []);
      await context.onStep?.("recorded", [...known]);
      this.waiting.accepted(accepted);
      completer.add(accepted.filter(({ item }) => known.has(item.id)).map(toCompletion));
      await this.#letGo(accepted.filter(({ item }) => !known.has(item.id)));
      await this.#recovered();
    }
    await this.#retract(result.unsent);
    for (const { held, failure } of result.failed) await this.#handle(held, failure);
  }

  async #handle(held: readonly Held[], failure: SendFailure): Promise<void> {
    const { context, senders, timing } = this.#lane;
    const { id, targetPath } = this.waiting.replay;
    const ids = held.map(idOf);
    context.log.warn({ replay: id, items: ids.length, failure: failure.kind, words: failure.words }, "send failed");
    switch (failure.kind) {
      case "doubt": {
        const hold = context.timing.leaseMs + context.timing.sendTimeoutMs;
        await persist(context, "doubt", () =>
          context.store.transaction(async (tx) => {
            const doubted = await tx.ledger.recordDoubt(context.workerId, ids, failure.words, hold);
            if (doubted.length === 0) return;
            await tx.audit.append([
              {
                actor: context.actor,
                action: "replay.item-uncertain",
                subject: { kind: "replay", id },
                queueId: this.#lane.queue.queueId,
                replayId: id,
                reason: failure.words,
                detail: { items: doubted.length },
              },
            ]);
          }),
        );
        await this.#letGo([...held, ...this.#behind(held)]);
        if (await senders.discard(targetPath)) {
          await delay(Math.min(1_000, timing.sendTimeoutMs));
          await persist(context, "end of hold", () => context.store.ledger.endHold(context.workerId, ids));
        }
        await this.#later(failure.words);
        return;
      }
      case "refused-message":
        if (held.length === 1) await this.#fail(held, failure.words);
        else {
          for (const itemId of ids) this.#alone.add(itemId);
          await this.#giveBack(held);
        }
        return;
      case "refused-target":
        await this.#giveBack(held);
        await pauseByEngine(context, id, failure.words);
        return;
      case "later":
        await this.#retract(held);
        if (failure.reopen) await senders.discard(targetPath);
        await this.#later(failure.words);
        return;
    }
  }

  /** Waits longer each time, with jitter, and says so; a broker that stays away pauses the replay. */
  async #later(words: string): Promise<void> {
    const { context } = this.#lane;
    const now = context.now();
    this.#failingSince ??= now;
    if (now < this.#notBefore) return;
    this.#backoffMs = Math.min(MOST_BACKOFF_MS, this.#backoffMs === 0 ? BACKOFF_MS : this.#backoffMs * 2);
    const wait = this.#backoffMs * (0.75 + Math.random() / 2);
    this.#notBefore = now + wait;
    const { id } = this.waiting.replay;
    if (now - this.#failingSince > PATIENCE_MS) {
      await pauseByEngine(context, id, `${words}, for ${Math.round((now - this.#failingSince) / 1000)} s`);
      return;
    }
    await context.store.ledger.notice(id, `${words}; trying again in ${Math.max(1, Math.round(wait / 1000))} s`);
  }

  async #recovered(): Promise<void> {
    if (this.#failingSince === null) return;
    this.#failingSince = null;
    this.#backoffMs = 0;
    this.#notBefore = 0;
    await this.#lane.context.store.ledger.notice(this.waiting.replay.id, null);
  }

  /** Nothing of these was sent and their locks are held: they wait again, unless the replay has stopped meanwhile. */
  async #retract(held: readonly Held[]): Promise<void> {
    if (held.length === 0) return;
    const { context } = this.#lane;
    const ids = await persist(context, "retraction", () =>
      context.store.ledger.retract(context.workerId, held.map(idOf)),
    );
    const kept = new Set(this.#ending ? [] : ids);
    this.waiting.putBack(held.filter(({ item }) => kept.has(item.id)));
    await this.#giveBack(held.filter(({ item }) => !kept.has(item.id)));
  }

  /** Back to planned: not sent. What waits behind in its session goes back, too. */
  async #giveBack(held: readonly Held[]): Promise<void> {
    const all = [...held, ...this.#behind(held)];
    if (all.length === 0) return;
    const { context } = this.#lane;
    await persist(context, "release", () => context.store.ledger.release(context.workerId, all.map(idOf)));
    await this.#letGo(all);
  }

  async #fail(held: readonly Held[], words: string): Promise<void> {
    const { context } = this.#lane;
    await persist(context, "failure", () => context.store.ledger.recordFailed(context.workerId, held.map(idOf), words));
    this.waiting.take(held.map(idOf));
    await this.#letGo(held);
    await this.#giveBack(this.#behind(held));
  }

  #behind(held: readonly Held[]): Held[] {
    return this.waiting.broken(held);
  }

  /** No longer worked on: its lock is left to expire. */
  async #letGo(held: readonly Held[]): Promise<void> {
    await Promise.all(held.map(({ link }) => this.#lane.links.release(link)));
  }
}

function judgeOpening(error: unknown, target: string): SendFailure {
  const words = `${target} cannot be reached: ${error instanceof Error ? error.message : String(error)}`;
  if (!(error instanceof BrokerError)) return { kind: "later", words, reopen: true };
  switch (error.code) {
    case "entity-not-found":
      return { kind: "refused-target", words: `${target} does not exist in the namespace: ${error.message}` };
    case "unauthorized":
      return { kind: "refused-target", words: `the credentials may not send to ${target}: ${error.message}` };
    default:
      return { kind: "later", words, reopen: true };
  }
}

const idOf = (held: Held): string => held.item.id;
const toCompletion = ({ item, locked, link }: Held) => ({ id: item.id, locked, link });
