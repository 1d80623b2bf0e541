import type { MessageCodec } from "@/lib/brokers/broker";
import {
  constantAnswer,
  constantReach,
  type SubscriptionAnswer,
  type SubscriptionFacts,
} from "@/lib/domain/subscriptions";

interface CompiledSubscription {
  readonly facts: SubscriptionFacts;
  /** Null: the rules could not be read. */
  readonly filters: readonly ((encoded: Uint8Array) => boolean | null)[] | null;
}

/** The rules of a topic's subscriptions, ready to be asked of encoded copies. */
export class TopicReach {
  readonly subscriptions: readonly SubscriptionFacts[];
  readonly #compiled: readonly CompiledSubscription[];
  readonly #constant: readonly SubscriptionAnswer[];

  constructor(codec: Pick<MessageCodec, "compileFilter">, subscriptions: readonly SubscriptionFacts[]) {
    this.subscriptions = subscriptions;
    this.#constant = subscriptions.map(constantAnswer);
    this.#compiled = subscriptions.map((facts) => ({
      facts,
      filters: facts.rules?.map((rule) => codec.compileFilter(rule.filter)) ?? null,
    }));
  }

  /** Each copy has to be looked at: for some rule, or for a session that a receiver wants. */
  get asksEach(): boolean {
    return this.subscriptions.some((facts) => constantReach(facts) === null || facts.requiresSession === true);
  }

  /** Filters that the broker evaluates for each copy. */
  get filters(): number {
    return this.subscriptions.reduce((sum, { rules }) => sum + (rules?.length ?? 1), 0);
  }

  /** What every subscription does with the copy, in their order. */
  ask(encoded: Uint8Array): SubscriptionAnswer[] {
    return this.#compiled.map(({ facts, filters }) => {
      if (filters === null) return { name: facts.name, receives: null, matching: [] };
      const verdicts = filters.map((filter) => filter(encoded));
      const placesOf = (wanted: boolean | null) =>
        verdicts.flatMap((verdict, place) => (verdict === wanted ? [place] : []));
      const matching = placesOf(true);
      const unsure = placesOf(null);
      const receives = matching.length > 0 ? true : unsure.length > 0 ? null : false;
      return { name: facts.name, receives, matching, unsure };
    });
  }

  /** The same for every message, where no rule has to be asked of one. */
  constant(): readonly SubscriptionAnswer[] {
    return this.#constant;
  }
}
