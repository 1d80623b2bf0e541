import { AmqpServer } from "./amqp/amqp-server";
import { type AccessKey, Authority } from "./amqp/authority";
import { NO_FAULTS } from "./amqp/faults";
import { DEFAULT_TIMEOUTS, type Timeouts } from "./amqp/server-context";
import { type BrokerClock, MovableClock } from "./clock";
import { type ConfiguredNamespace, type EmulatorConfig, parseEmulatorConfig } from "./config/emulator-config";
import { controlHandler } from "./control/control";
import { FaultPlan } from "./control/fault-plan";
import { BrokerRecord } from "./control/record";
import { BrokerNamespace } from "./engine/namespace";
import { adminHandler } from "./http/admin";
import { HttpServer } from "./http/http-server";
import { openStore, type Store } from "./storage/store";

export type { EmulatorConfig } from "./config/emulator-config";

export interface BrokerOptions {
  readonly config: EmulatorConfig;
  /** Only the loopback address is listened on unless another is asked for. */
  readonly host?: string;
  /** 0: a free port, which is also what is taken when none is given. */
  readonly amqpPort?: number;
  readonly adminPort?: number;
  /** The control port (seeding, record, faults) is opened only when it is given. */
  readonly controlPort?: number | null;
  /** Where entities, messages and counters are kept; without it nothing is. */
  readonly dataDir?: string;
  readonly clock?: BrokerClock;
  /** Keys that tokens must be signed with; without any, every token is taken. */
  readonly accessKeys?: readonly AccessKey[];
  readonly timeouts?: Timeouts;
  /** Called with what is worth a line in a log. */
  readonly log?: (event: string, fields: Record<string, unknown>) => void;
}

export interface RunningBroker {
  readonly amqpPort: number;
  readonly adminPort: number;
  readonly controlPort: number | null;
  readonly connectionString: string;
  readonly administrationUrl: string;
  readonly controlUrl: string | null;
  /** Open AMQP connections. */
  connections(): number;
  /** Closes connections in order and writes out what is kept. */
  close(): Promise<void>;
}

/** Starts a broker in this process. Rejects when a port is taken, the configuration is wrong or the data cannot be read. */
export async function startBroker(options: BrokerOptions): Promise<RunningBroker> {
  const configured = parseEmulatorConfig(options.config);
  const clock = options.clock ?? new MovableClock();
  const namespace = new BrokerNamespace(configured.name, clock);
  const store: Store | null = options.dataDir === undefined ? null : openStore(options.dataDir, namespace);
  createConfigured(namespace, configured);
  const host = options.host ?? "127.0.0.1";
  const flush = (): void => store?.flush();
  const log = options.log ?? (() => {});
  const authority = new Authority(options.accessKeys ?? []);
  const plan = options.controlPort == null ? null : new FaultPlan(namespace);
  const faults = plan ?? NO_FAULTS;
  const timeouts = options.timeouts ?? DEFAULT_TIMEOUTS;
  const server = new AmqpServer({ namespace, authority, faults, timeouts, flush, log });
  namespace.listener = { entityDeleted: (entity) => server.closeLinksOf(entity) };
  const admin = new HttpServer(adminHandler({ namespace, authority, faults }), flush);
  const control =
    plan === null
      ? null
      : new HttpServer(
          controlHandler({
            namespace,
            record: new BrokerRecord(namespace),
            faults: plan,
            clock: clock instanceof MovableClock ? clock : null,
            cutConnections: () => server.cutConnections(),
          }),
          flush,
        );
  const opened: { close(): Promise<void> }[] = [];
  try {
    const amqpPort = await server.listen(host, options.amqpPort ?? 0);
    opened.push(server);
    const adminPort = await admin.listen(host, options.adminPort ?? 0);
    opened.push(admin);
    const controlPort = control === null ? null : await control.listen(host, options.controlPort ?? 0);
    if (control !== null) opened.push(control);
    const key = options.accessKeys?.[0] ?? { name: "RootManageSharedAccessKey", key: "SAS_KEY_VALUE" };
    return {
      amqpPort,
      adminPort,
      controlPort,
      connectionString: `Endpoint=sb://localhost:${amqpPort};SharedAccessKeyName=${key.name};SharedAccessKey=${key.key};UseDevelopmentEmulator=true;`,
      administrationUrl: `http://localhost:${adminPort}`,
      controlUrl: controlPort === null ? null : `http://localhost:${controlPort}`,
      connections: () => server.connections,
      close: () => closeAll(opened, clock, store),
    };
  } catch (error) {
    await closeAll(opened, clock, store);
    throw error;
  }
}

async function closeAll(
  opened: readonly { close(): Promise<void> }[],
  clock: BrokerClock,
  store: Store | null,
): Promise<void> {
  await Promise.all(opened.map((server) => server.close()));
  clock.stop();
  store?.close();
}

/** Makes the entities of the configuration that do not stand yet; those that were kept stay as they were. */
function createConfigured(namespace: BrokerNamespace, configured: ConfiguredNamespace): void {
  for (const { path, settings } of configured.queues) {
    if (namespace.find(path) === null) namespace.createQueue(path, { ...settings });
  }
  for (const { path, settings, subscriptions } of configured.topics) {
    const found = namespace.find(path);
    if (found !== null && found.kind !== "topic") continue;
    const topic = found ?? namespace.createTopic(path, { ...settings });
    for (const { name, settings: own, rules } of subscriptions) {
      if (topic.subscriptions.has(name.toLowerCase())) continue;
      const createdAt = namespace.now();
      namespace.createSubscription(
        topic,
        name,
        { ...own },
        rules?.map((rule) => ({ ...rule, createdAt })),
      );
    }
  }
}
