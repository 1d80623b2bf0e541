import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { hasWritten, kindOf, type StatementKind } from "./ledger-statements";
import { type Frame, PostgresFrames, readRow, readText } from "./postgres-frames";

/**
 * What the network does to a statement and its answer:
 * - lose: the statement has run, and its connection ends without the answer;
 * - silence: the answer is held back, then delivered or lost;
 * - late: the connection ends at once, and the statement runs afterwards;
 * - refuse: all connections end, what is under way runs without being answered, and new ones are refused for a while.
 */
export type LossKind = "lose" | "silence" | "late" | "refuse";

export interface Loss {
  readonly kind: LossKind;
  /** The next statement of these kinds; null: whichever comes next. */
  readonly aim: readonly StatementKind[] | null;
  /** All connections, or that of the statement alone. */
  readonly everyone: boolean;
  /** How long it is silent, late or refused, ms. */
  readonly ms: number;
  /** After a silence the answer comes all the same. */
  readonly delivers: boolean;
}

/** A transaction that waits for its next statement holds locks against everybody: not longer than this, ms. */
const MOST_IN_TRANSACTION_MS = 2_000;

/**
 * A relay to PostgreSQL that reads along what goes through it, so that a test may lose the answer of a statement that has run, or have a statement run
 * after its client has given it up. No server is asked to do anything: all of this is what a network may do.
 */
export class LossWire {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  readonly #timers = new Map<NodeJS.Timeout, () => void>();
  /** Statements that have written something and whose answer nobody got. */
  readonly lost = new Map<StatementKind, number>();
  #armed: Armed | null = null;
  #refusing = false;

  private constructor(target: { host: string; port: number }) {
    this.#server = createServer({ noDelay: true }, (client) => {
      if (this.#refusing) {
        client.destroy();
        return;
      }
      const pair: Pair = new Pair(client, connect({ ...target, noDelay: true }), {
        onStatement: (kind) => this.#strike(pair, kind),
        onLost: (kind) => this.lost.set(kind, (this.lost.get(kind) ?? 0) + 1),
        onEnd: () => this.#pairs.delete(pair),
      });
      this.#pairs.add(pair);
    });
  }

  static async start(target: { host: string; port: number }): Promise<LossWire> {
    const wire = new LossWire(target);
    await new Promise<void>((resolve, reject) => {
      wire.#server.once("error", reject);
      wire.#server.listen(0, "127.0.0.1", resolve);
    });
    return wire;
  }

  /** The address of a database with this wire before it. */
  address(databaseUrl: string): string {
    const url = new URL(databaseUrl);
    url.hostname = "127.0.0.1";
    url.port = String((this.#server.address() as AddressInfo).port);
    return url.href;
  }

  /** Strikes the next statement that it is aimed at; resolves when it has struck, with the kind of that statement, or with null when none came in that time. */
  async play(loss: Loss, withinMs: number): Promise<StatementKind | null> {
    const over = new AbortController();
    const struck = new Promise<StatementKind>((resolve) => {
      this.#armed = { loss, onStrike: resolve, over: over.signal };
    });
    const kind = await Promise.race([struck, delay(withinMs, null, { signal: over.signal }).catch(() => null)]);
    over.abort();
    this.#armed = null;
    return kind;
  }

  /** Nothing is struck any more, and what was to come later comes now. */
  calm(): void {
    for (const [timer, act] of this.#timers) {
      clearTimeout(timer);
      act();
    }
    this.#timers.clear();
    this.#refusing = false;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#refusing = true;
    for (const timer of this.#timers.keys()) clearTimeout(timer);
    for (const pair of this.#pairs) pair.destroy();
    await closed;
  }

  /** True: the statement has been seen to; else it goes through. */
  #strike(pair: Pair, kind: StatementKind): boolean {
    const armed = this.#armed;
    if (armed === null || (armed.loss.aim !== null && !armed.loss.aim.includes(kind))) return false;
    const { loss } = armed;
    const others = loss.everyone ? [...this.#pairs].filter((other) => other !== pair) : [];
    switch (loss.kind) {
      case "lose":
        this.#armed = null;
        pair.forward();
        pair.whenAnswered((hasWritten) => {
          // An answer that says that nothing was written tells nothing to him who has lost it: the next one.
          if (armed.over.aborted || (loss.aim !== null && !hasWritten)) {
            if (!armed.over.aborted) this.#armed = armed;
            pair.speak();
            return;
          }
          for (const one of [pair, ...others]) one.lose();
          armed.onStrike(kind);
        });
        return true;
      case "silence": {
        pair.forward();
        const silent = [pair, ...others];
        for (const one of silent) one.silence();
        this.#later(loss.ms, () => {
          for (const one of silent) {
            if (loss.delivers) one.speak();
            else one.lose();
          }
        });
        break;
      }
      case "late":
        this.#later(pair.isInTransaction ? Math.min(loss.ms, MOST_IN_TRANSACTION_MS) : loss.ms, () => pair.forward());
        for (const one of [pair, ...others]) one.lose();
        break;
      case "refuse":
        pair.forward();
        this.#refusing = true;
        for (const one of this.#pairs) one.lose();
        this.#later(loss.ms, () => {
          this.#refusing = false;
        });
        break;
    }
    this.#armed = null;
    armed.onStrike(kind);
    return true;
  }

  #later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.set(timer, act);
  }
}

interface Armed {
  readonly loss: Loss;
  readonly onStrike: (kind: StatementKind) => void;
  /** Nobody waits for it any more. */
  readonly over: AbortSignal;
}

interface PairEvents {
  /** True: it is seen to; else it goes through. */
  readonly onStatement: (kind: StatementKind) => boolean;
  /** The answer of such a statement, which has written something, was lost. */
  readonly onLost: (kind: StatementKind) => void;
  readonly onEnd: () => void;
}

/** A client's connection and the server's. A client has one statement under way at a time, as node-postgres does. */
class Pair {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #events: PairEvents;
  readonly #fromClient = new PostgresFrames("client");
  readonly #fromServer = new PostgresFrames("server");
  /** Kinds of the statements prepared on this connection, by name. */
  readonly #prepared = new Map<string, StatementKind>();
  /** What has come of a statement and has not gone on to the server, and its kind as soon as that is known. */
  #waiting: Buffer[] = [];
  #waitingKind: StatementKind | null = null;
  /** The server has it, and has not answered. */
  #underWay: StatementKind | null = null;
  #row: readonly (string | null)[] | null = null;
  #hasWritten = false;
  #isInTransaction = false;
  /** Null: answers go through. */
  #held: Buffer[] | null = null;
  /** Has written something and was answered; the answer is held. */
  #unseen: StatementKind | null = null;
  #onAnswered: ((hasWritten: boolean) => void) | null = null;
  #isLost = false;

  constructor(client: Socket, server: Socket, events: PairEvents) {
    this.#client = client;
    this.#server = server;
    this.#events = events;
    client.on("data", (chunk) => {
      for (const frame of this.#fromClient.push(chunk)) this.#ask(frame);
    });
    server.on("data", (chunk) => {
      for (const frame of this.#fromServer.push(chunk)) this.#answer(frame);
    });
    // Either end may go without a word: the close that follows says all there is.
    for (const socket of [client, server]) socket.on("error", () => {});
    client.on("close", () => this.lose());
    server.on("close", () => this.destroy());
  }

  get isInTransaction(): boolean {
    return this.#isInTransaction;
  }

  /** What waits here goes to the server. */
  forward(): void {
    this.#underWay = this.#waitingKind ?? this.#underWay;
    this.#waitingKind = null;
    for (const bytes of this.#waiting.splice(0)) this.#server.write(bytes);
  }

  silence(): void {
    this.#held ??= [];
  }

  speak(): void {
    for (const bytes of this.#held ?? []) this.#client.write(bytes);
    this.#held = null;
    this.#unseen = null;
  }

  /** Holds the answer, and says when the server has given it in full whether the statement has written something. */
  whenAnswered(then: (hasWritten: boolean) => void): void {
    this.silence();
    this.#onAnswered = then;
  }

  /** The client's connection ends now; the server's when it has done what is under way or waits here. */
  lose(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#client.destroy();
    if (this.#unseen !== null) this.#events.onLost(this.#unseen);
    if (this.#underWay === null && this.#waitingKind === null) this.destroy();
  }

  destroy(): void {
    this.#isLost = true;
    this.#client.destroy();
    this.#server.destroy();
    this.#events.onEnd();
  }

  #ask({ type, body, bytes }: Frame): void {
    this.#waiting.push(bytes);
    if (type === "P") {
      const { text: name, rest } = readText(body);
      this.#prepared.set(name, kindOf(name, readText(rest).text));
    } else if (type === "B") this.#waitingKind = this.#prepared.get(readText(readText(body).rest).text) ?? "other";
    else if (type === "Q") this.#waitingKind = kindOf("", readText(body).text);
    // Parse, bind, describe and execute go together with their sync.
    if (type !== null && "PBDE".includes(type)) return;
    if (this.#waitingKind === null || !this.#events.onStatement(this.#waitingKind)) this.forward();
  }

  #answer({ type, body, bytes }: Frame): void {
    if (this.#held !== null) this.#held.push(bytes);
    else if (!this.#isLost) this.#client.write(bytes);
    if (this.#underWay === null) return;
    if (type === "D") this.#row ??= readRow(body);
    else if (type === "C") this.#hasWritten = hasWritten(this.#underWay, this.#row, readText(body).text);
    else if (type === "Z") this.#answered(this.#underWay, body.toString("latin1") !== "I");
  }

  /** Outside of a transaction what it has written is committed. */
  #answered(kind: StatementKind, isInTransaction: boolean): void {
    const hasWritten = this.#hasWritten;
    const isCommitted = hasWritten && !isInTransaction;
    this.#isInTransaction = isInTransaction;
    this.#underWay = null;
    this.#row = null;
    this.#hasWritten = false;
    if (isCommitted && this.#isLost) this.#events.onLost(kind);
    else if (isCommitted && this.#held !== null) this.#unseen = kind;
    const onAnswered = this.#onAnswered;
    this.#onAnswered = null;
    onAnswered?.(hasWritten);
    if (this.#isLost) this.destroy();
  }
}
