import { randomUUID } from "node:crypto";
import type { Broker } from "@/lib/brokers/broker";
import { codecFor } from "@/lib/brokers/codecs";
import { openBroker } from "@/lib/brokers/open-broker";
import type { Config, NamespaceConfig } from "@/lib/contracts/configuration";
import { type PlanReplay, planReplay as planBody, type ReplayDetail } from "@/lib/contracts/replays";
import type { Store } from "@/lib/store/ports";
import type { Timing } from "@/lib/usecases/replays/engine/context";
import { getReplay } from "@/lib/usecases/replays/get-replay";
import { planReplay } from "@/lib/usecases/replays/plan-replay";
import { startReplay } from "@/lib/usecases/replays/start-replay";
import { refreshQueues } from "@/lib/usecases/scans/refresh-queues";
import { scanQueue } from "@/lib/usecases/scans/scan-queue";
import type { EmulatorConfig } from "../../embedded/broker/start-broker";
import { madeConfig, madeNamespace } from "./made-config";
import { encodeMessage, type MessageShape } from "./messages";

/** What the broker's record says of one message; see embedded/broker/http/record.ts. */
export interface RecordEntry {
  readonly event: string;
  readonly entity: string;
  readonly sequenceNumber: string;
  readonly messageId: string | null;
  readonly sha256: string;
  readonly at: number;
}

export interface BrokerAddress {
  readonly connectionString: string;
  readonly administrationUrl: string;
  readonly controlUrl: string | null;
}

export const NAMESPACE = "test";

/** Short lives, so that a test need not wait a minute for a lock and a lease. */
export const SHORT: Timing = { leaseMs: 2_000, sendTimeoutMs: 1_000, settleMs: 500 };

/** A namespace of the embedded broker as the configuration names it. */
export function configFor(broker: BrokerAddress, databaseUrl: string, given: Partial<NamespaceConfig> = {}): Config {
  const namespace = madeNamespace({
    name: NAMESPACE,
    connectionString: broker.connectionString,
    administrationUrl: broker.administrationUrl,
    maxReplayRate: 1_000,
    ...given,
  });
  return madeConfig({ databaseUrl, namespaces: [namespace] });
}

/** One queue in the emulator's form. */
export function queueOf(
  name: string,
  properties: Record<string, unknown> = {},
): { Name: string; Properties: Record<string, unknown> } {
  return { Name: name, Properties: { LockDuration: "PT6S", MaxDeliveryCount: 3, ...properties } };
}

/** A rule of a subscription that every message matches, for `emulatorConfig`. */
export const ALL_MESSAGES = { Name: "all", Properties: { FilterType: "Sql", SqlFilter: { SqlExpression: "1=1" } } };

export function emulatorConfig(entities: { queues?: unknown[]; topics?: unknown[] }): EmulatorConfig {
  return {
    UserConfig: { Namespaces: [{ Name: NAMESPACE, Queues: entities.queues ?? [], Topics: entities.topics ?? [] }] },
  } as EmulatorConfig;
}

/** Dead letters of an embedded broker, the index over them, plans and workers: what a test of a replay needs. */
export class ReplayBench {
  readonly config: Config;
  readonly store: Store;
  readonly broker: Broker;
  readonly actor: { kind: "person"; id: string; name: string };
  readonly #control: string;

  constructor(given: {
    broker: BrokerAddress;
    config: Config;
    store: Store;
    actor: { kind: "person"; id: string; name: string };
  }) {
    this.config = given.config;
    this.store = given.store;
    this.actor = given.actor;
    this.broker = openBroker(given.config.namespaces[0] as NamespaceConfig);
    if (given.broker.controlUrl === null) throw new Error("the broker has no control port");
    this.#control = given.broker.controlUrl;
  }

  /** Puts messages into a DLQ (or, without reason, into the entity); answers their sequence numbers. */
  async seed(
    entity: string,
    messages: readonly (MessageShape | Uint8Array)[],
    reason: string | null = "Failed",
    enqueuedAt = new Date(Date.now() - 86_400_000),
  ): Promise<string[]> {
    const numbers: string[] = [];
    for (let at = 0; at < messages.length; at += 5_000) {
      const body = {
        entity,
        messages: messages.slice(at, at + 5_000).map((message) => ({
          message: Buffer.from(message instanceof Uint8Array ? message : encodeMessage(message)).toString("base64"),
          enqueuedAt: enqueuedAt.toISOString(),
          ...(reason === null ? {} : { deliveryCount: 3, deadLetter: { reason } }),
        })),
      };
      const answer = await fetch(`${this.#control}/seed`, { method: "POST", body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`seeding failed: ${await answer.text()}`);
      numbers.push(...((await answer.json()) as { sequenceNumbers: string[] }).sequenceNumbers);
    }
    return numbers;
  }

  async record(entity?: string): Promise<RecordEntry[]> {
    const answer = await fetch(
      `${this.#control}/record${entity === undefined ? "" : `?entity=${encodeURIComponent(entity)}`}`,
    );
    return ((await answer.json()) as { entries: RecordEntry[] }).entries;
  }

  async resetRecord(): Promise<void> {
    await fetch(`${this.#control}/reset-record`, { method: "POST" });
  }

  /** Lists and reads every DLQ, as the worker's scan would. */
  async index(): Promise<void> {
    const { store, broker } = this;
    await store.scans.syncNamespaces(this.config.namespaces);
    const outcome = await refreshQueues({ store, broker });
    if (outcome.kind === "failed") throw outcome.error;
    const worker = randomUUID();
    const claims = await store.scans.claim({ worker, namespaces: [NAMESPACE], busy: [], limit: 100, leaseSeconds: 60 });
    const signal = new AbortController().signal;
    for (const queue of claims) {
      const context = {
        store,
        broker,
        workerId: worker,
        leaseSeconds: 60,
        keepBytes: 1_000_000,
        queue,
        until: performance.now() + 60_000,
        signal,
      };
      const scanned = await scanQueue(context, { watchSeconds: 0.001, walkSeconds: 0.001 });
      if (scanned.kind === "failed") throw scanned.error;
      const readThrough = scanned.kind === "scanned" ? scanned.readThrough : null;
      await store.scans.release(queue.id, worker, { inSeconds: 0, clearError: true, readThrough });
    }
  }

  async queueId(entityPath: string): Promise<number> {
    const { queues } = await this.store.queues.overview();
    const found = queues.find((queue) => queue.entityPath.toLowerCase() === entityPath.toLowerCase());
    if (found === undefined) throw new Error(`no DLQ of ${entityPath} is indexed`);
    return found.id;
  }

  /** Plans and starts a replay of everything in a DLQ. */
  async start(entityPath: string, given: Partial<PlanReplay> = {}): Promise<string> {
    const { id, start } = await this.plan(entityPath, given);
    await start();
    return id;
  }

  async plan(entityPath: string, given: Partial<PlanReplay> = {}): Promise<{ id: string; start(): Promise<void> }> {
    const queue = await this.queueId(entityPath);
    const body = {
      ...planBody.parse({ selection: { kind: "filter", filter: { queue } }, rate: 1_000, burst: 100 }),
      ...given,
    };
    const { store, actor, config } = this;
    const { id, planHash } = await planReplay({ store, actor, config, codecFor }, body);
    return {
      id,
      start: () => startReplay({ store, actor, config }, { id, planHash, reason: "a test", ticket: null }),
    };
  }

  detail(id: string): Promise<ReplayDetail> {
    return getReplay({ store: this.store }, { id });
  }

  async close(): Promise<void> {
    await this.broker.close();
  }
}
