import type {
  QueueProperties,
  ServiceBusAdministrationClient,
  SubscriptionProperties,
  TopicProperties,
} from "@azure/service-bus";
import { BrokerError } from "../broker";
import { withDeadline } from "./deadline";
import type { EntityPath } from "./entity-path";
import type { RuleText } from "./rule-filter";
import { filterText } from "./rule-filter";

/** Milliseconds for one request. */
const REQUEST_TIMEOUT_MS = 15_000;
/** Entities on one page; the service returns at most 100. */
const PAGE = 100;

export interface Counts {
  readonly activeMessageCount: number;
  readonly deadLetterMessageCount: number;
  readonly transferDeadLetterMessageCount: number;
}

/** The namespace's management over HTTP; each request costs 10 credits and needs the Manage right. Rejects with `BrokerError`. */
export class Administration {
  readonly #client: ServiceBusAdministrationClient;
  readonly #namespace: string;
  readonly #closing: AbortSignal;

  constructor(client: ServiceBusAdministrationClient, namespace: string, closing: AbortSignal) {
    this.#client = client;
    this.#namespace = namespace;
    this.#closing = closing;
  }

  queues(): Promise<QueueProperties[]> {
    return this.#pages("Listing the queues", (maxPageSize) => this.#client.listQueues().byPage({ maxPageSize }));
  }

  topics(): Promise<TopicProperties[]> {
    return this.#pages("Listing the topics", (maxPageSize) => this.#client.listTopics().byPage({ maxPageSize }));
  }

  subscriptions(topic: string): Promise<SubscriptionProperties[]> {
    return this.#pages(`Listing the subscriptions of ${topic}`, (maxPageSize) =>
      this.#client.listSubscriptions(topic).byPage({ maxPageSize }),
    );
  }

  async rules(topic: string, subscription: string): Promise<RuleText[]> {
    const rules = await this.#pages(`Listing the rules of ${topic}/subscriptions/${subscription}`, (maxPageSize) =>
      this.#client.listRules(topic, subscription).byPage({ maxPageSize }),
    );
    return rules.map(({ name, filter }) => ({ name, filter: filterText(filter) }));
  }

  /** The queue or topic of that name: the service gives either for the same request. */
  async queueOrTopic(
    name: string,
  ): Promise<
    | { readonly kind: "queue"; readonly queue: QueueProperties }
    | { readonly kind: "topic"; readonly topic: TopicProperties }
  > {
    const what = `Reading the settings of ${name}`;
    const queue = await this.#request(what, (abortSignal) =>
      this.#client.getQueue(name, { abortSignal }).catch(ifNoQueue),
    );
    if (queue !== null) return { kind: "queue", queue };
    return { kind: "topic", topic: await this.topic(name) };
  }

  topic(name: string): Promise<TopicProperties> {
    return this.#request(`Reading the settings of ${name}`, (abortSignal) =>
      this.#client.getTopic(name, { abortSignal }),
    );
  }

  subscription(topic: string, name: string): Promise<SubscriptionProperties> {
    return this.#request(`Reading the settings of ${topic}/subscriptions/${name}`, (abortSignal) =>
      this.#client.getSubscription(topic, name, { abortSignal }),
    );
  }

  counts(entity: EntityPath): Promise<Counts> {
    return this.#request<Counts>(`Counting the messages of ${entity.path}`, (abortSignal) =>
      entity.kind === "queue"
        ? this.#client.getQueueRuntimeProperties(entity.queue, { abortSignal })
        : this.#client.getSubscriptionRuntimeProperties(entity.topic, entity.subscription, { abortSignal }),
    );
  }

  #request<T>(what: string, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return withDeadline({ what, namespace: this.#namespace }, REQUEST_TIMEOUT_MS, { closing: this.#closing }, call);
  }

  async #pages<T>(what: string, open: (maxPageSize: number) => AsyncIterableIterator<T[]>): Promise<T[]> {
    const all: T[] = [];
    const pages = open(PAGE);
    for (;;) {
      const page = await this.#request(what, () => pages.next());
      if (page.done) return all;
      all.push(...page.value);
    }
  }
}

/** The client library cannot make a queue of a topic: null. (It does make a topic of a queue.) */
function ifNoQueue(error: unknown): null {
  if (error instanceof Error && (error as { code?: unknown }).code === "PARSE_ERROR") return null;
  throw error;
}

/** The result, or null when the credentials do not reach so far; other failures stay failures. */
export async function ifAllowed<T>(request: Promise<T>): Promise<T | null> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof BrokerError && error.code === "unauthorized") return null;
    throw error;
  }
}
