import { DefaultAzureCredential } from "@azure/identity";
import { ServiceBusAdministrationClient, ServiceBusClient } from "@azure/service-bus";
import { BrokerError } from "../broker";
import { connectionOf } from "./sdk-internals";
import { localAdministrationUrl, namespaceConnectionString, type ServiceBusConfig } from "./service-bus-config";

/** Milliseconds that one operation of the client library may take by itself; each call has its own deadline around it. */
export const OPERATION_TIMEOUT_MS = 15_000;

/** About 1,000 links fit on one connection; each entity that is peeked costs two. */
const ENTITIES_PER_READER = 200;

/** Milliseconds to wait for the broker's answer to a close before the socket is cut. */
const CLOSE_TIMEOUT_MS = 2_000;

/**
 * The connections to one namespace: some for reading, as many as the number of entities asks for, one that holds locks, and
 * one for each sender. All have the library's retries off: whoever calls decides what is safe to try again.
 */
export class Clients {
  readonly #config: ServiceBusConfig;
  readonly #credential: DefaultAzureCredential | null;
  readonly #readers: { readonly client: ServiceBusClient; entities: number }[] = [];
  readonly #readerOf = new Map<string, ServiceBusClient>();
  #locker: ServiceBusClient | null = null;

  constructor(config: ServiceBusConfig) {
    this.#config = config;
    this.#credential = config.connectionString === null ? new DefaultAzureCredential() : null;
  }

  /** The connection on which an entity is peeked; always the same for one path. */
  reader(path: string): ServiceBusClient {
    const known = this.#readerOf.get(path);
    if (known !== undefined) return known;
    let reader = this.#readers.find(({ entities }) => entities < ENTITIES_PER_READER);
    if (reader === undefined) {
      reader = { client: this.open(), entities: 0 };
      this.#readers.push(reader);
    }
    reader.entities++;
    this.#readerOf.set(path, reader.client);
    return reader.client;
  }

  /** The connection on which dead letters are locked and completed. */
  locker(): ServiceBusClient {
    this.#locker ??= this.open();
    return this.#locker;
  }

  /** A connection of the caller's own, to be closed with `closeClient`. */
  open(): ServiceBusClient {
    const options = { retryOptions: { maxRetries: 0, timeoutInMs: OPERATION_TIMEOUT_MS } };
    const { connectionString } = this.#config;
    if (connectionString !== null) return new ServiceBusClient(namespaceConnectionString(connectionString), options);
    return new ServiceBusClient(this.#host(), this.#tokens(), options);
  }

  administration(): ServiceBusAdministrationClient {
    const options = { retryOptions: { maxRetries: 1, maxRetryDelayInMs: 2_000 } };
    const { connectionString } = this.#config;
    const client =
      connectionString === null
        ? new ServiceBusAdministrationClient(this.#host(), this.#tokens(), options)
        : new ServiceBusAdministrationClient(namespaceConnectionString(connectionString), options);
    const local = localAdministrationUrl(this.#config);
    if (local !== null) redirect(client, local);
    return client;
  }

  async close(): Promise<void> {
    const clients = this.#readers.splice(0).map(({ client }) => client);
    if (this.#locker !== null) clients.push(this.#locker);
    this.#locker = null;
    this.#readerOf.clear();
    await Promise.all(clients.map(closeClient));
  }

  #host(): string {
    const host = this.#config.fullyQualifiedNamespace;
    if (host !== undefined) return host;
    throw new BrokerError(
      "not-supported",
      `Namespace "${this.#config.name}" has neither a connection string nor an address.`,
    );
  }

  #tokens(): DefaultAzureCredential {
    if (this.#credential !== null) return this.#credential;
    throw new BrokerError(
      "not-supported",
      `Namespace "${this.#config.name}" has a connection string and no credential.`,
    );
  }
}

/**
 * Closes a connection. When this has resolved nothing more leaves on it: the broker has answered the close, which it does
 * after all that came before, or the socket is gone.
 */
export async function closeClient(client: ServiceBusClient): Promise<void> {
  const { _connection } = connectionOf(client);
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
  });
  // A connection that fails to close is cut below; there is nothing else to do about it.
  await Promise.race([client.close().catch(() => {}), timeout]);
  clearTimeout(timer);
  _connection.socket?.destroy();
}

/** Sends the administration's requests, signed as they are, to a local broker over HTTP: the SDK writes HTTPS addresses only. */
function redirect(client: ServiceBusAdministrationClient, local: URL): void {
  client.pipeline.addPolicy({
    name: "localAdministration",
    sendRequest(request, next) {
      const url = new URL(request.url);
      url.protocol = local.protocol;
      url.host = local.host;
      url.port = local.port;
      request.url = url.toString();
      request.allowInsecureConnection = true;
      return next(request);
    },
  });
}
