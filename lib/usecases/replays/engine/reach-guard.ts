import { BrokerError } from "@/lib/brokers/broker";
import { REFUSAL_TEXTS } from "@/lib/domain/refusals";
import { isLostSessionless, judgeReach, type SubscriptionFacts } from "@/lib/domain/subscriptions";
import { TopicReach } from "../topic-reach";
import type { Connection, EngineContext } from "./context";

/** How old the rules may be that a window is checked by, ms. A management call costs the namespace ten credits. */
const RULES_LIFE_MS = 10_000;

/** What the guard needs of a replay. */
interface Guarded {
  readonly targetPath: string;
  readonly routeTo: string | null;
  /** The subscription of the target that the replay's DLQ is of; null: another entity's. */
  readonly cameThrough: string | null;
}

interface Known {
  readonly reach: Promise<TopicReach | null>;
  readonly readAt: number;
}

/**
 * Asks the rules of a topic, as they are now, whether a copy still reaches a subscription, and one that takes it without a SessionId
 * where it has none (R10). A change between this look and the send stays possible. For a queue there is nothing to ask.
 */
export class ReachGuard {
  readonly #context: EngineContext;
  readonly #connection: Connection;
  readonly #known = new Map<string, Known>();

  constructor(context: EngineContext, connection: Connection) {
    this.#context = context;
    this.#connection = connection;
  }

  /** Reads the rules before they are asked for. */
  async ready(path: string): Promise<void> {
    await this.#reachOf(path);
  }

  /** For each copy why it may not go, in the words of the ledger; null: it may. `edited`: its rules were not passed before. */
  async check(
    replay: Guarded,
    copies: readonly { readonly encoded: Uint8Array; readonly edited: boolean; readonly sessionId: string | null }[],
  ): Promise<(string | null)[]> {
    const reach = await this.#reachOf(replay.targetPath);
    if (reach === null) return copies.map(() => null);
    return copies.map(({ encoded, edited, sessionId }) => {
      const cameThrough = edited ? null : replay.cameThrough;
      const answers = reach.ask(encoded);
      const verdict = judgeReach(answers, { routeTo: replay.routeTo, cameThrough });
      if (verdict !== "reaches") return REFUSAL_TEXTS[verdict];
      const lost = sessionId === null && isLostSessionless(reach.subscriptions, answers, replay.cameThrough);
      return lost ? REFUSAL_TEXTS["no-session"] : null;
    });
  }

  #reachOf(path: string): Promise<TopicReach | null> {
    const known = this.#known.get(path);
    const now = this.#context.now();
    if (known !== undefined && now - known.readAt < RULES_LIFE_MS) return known.reach;
    // Kept at once: whoever asks meanwhile waits for the same answer.
    const reach = this.#read(path).then((subscriptions) =>
      subscriptions === null ? null : new TopicReach(this.#connection.codec, subscriptions),
    );
    const reading = { reach, readAt: now };
    this.#known.set(path, reading);
    reach.catch(() => {
      if (this.#known.get(path) === reading) this.#known.delete(path);
    });
    return reach;
  }

  /** From the broker; while it cannot say, as the scanner last read it. Null: a queue. */
  async #read(path: string): Promise<readonly SubscriptionFacts[] | null> {
    const { broker } = this.#connection;
    try {
      const found = await broker.listSubscriptions(path);
      if (found !== null) return found;
    } catch (error) {
      if (!(error instanceof BrokerError)) throw error;
    }
    return this.#context.store.targets.subscriptions(broker.namespace, path);
  }
}
