import { createRequire } from "node:module";
import {
  ServiceBusClient,
  type ServiceBusReceivedMessage,
  type ServiceBusReceiver,
  type ServiceBusSender,
} from "@azure/service-bus";

/**
 * The parts of @azure/service-bus that its types do not show and that this adapter needs: the SDK changes the types of
 * what it resends, so finished bytes go through its sender (links, tokens and TLS stay its own), and a lock is as good as
 * its link. The version is pinned; `checkSdkInternals` refuses any other before the first connection.
 */

const SDK_VERSION = "7.9.5";

/** A link of the SDK: sender or batching receiver. */
export interface SdkLink {
  isOpen(): boolean;
  /** What the broker said at attach; for a receiver nothing. */
  readonly maxMessageSize: number | undefined;
  /** rhea-promise's session around rhea's, one for each link; absent in a library that has changed. */
  readonly _session?: { readonly _session?: { on_transfer?: (this: unknown, frame: unknown) => void } };
  once(event: "sender_close" | "receiver_close" | "session_close", listener: () => void): void;
}

/** `ServiceBusSenderImpl._sender`. */
export interface SdkMessageSender {
  /** Sends bytes as one transfer: a message, or a batch envelope when `isBatch`. */
  _trySend(encoded: Buffer, isBatch: boolean, options: { abortSignal: AbortSignal }): Promise<void>;
  open(options: undefined, abortSignal: AbortSignal): Promise<void>;
  isOpen(): boolean;
  readonly link: SdkLink | undefined;
  /** Read at the begin of each send. */
  _retryOptions: { maxRetries: number; timeoutInMs: number };
}

/** `ServiceBusReceiverImpl._batchingReceiver`, there once messages were received. */
export interface SdkBatchingReceiver {
  readonly link: SdkLink | undefined;
  /** Milliseconds to wait for the broker's answer to a drain before the link is closed. */
  readonly _batchingReceiverLite: { _drainTimeoutInMs: number; _createServiceBusMessage: CreateMessage };
  /** Who waits for the broker's answer to a settlement, by delivery id. */
  readonly _deliveryDispositionMap: Map<
    number,
    { resolve: () => void; reject: (error: Error) => void; timer: NodeJS.Timeout | undefined }
  >;
}

/** rhea's delivery behind a received message. */
export interface SdkDelivery {
  readonly id: number;
  accept(): void;
}

/** What rhea tells of a message that has come, as far as the SDK makes its own message from it. */
interface ReceivedContext {
  readonly message: { readonly message_annotations?: unknown };
  readonly delivery: SdkDelivery;
}

type CreateMessage = (context: ReceivedContext) => ServiceBusReceivedMessage;

interface SdkReceiver {
  _batchingReceiver?: SdkBatchingReceiver;
  _createBatchingReceiver(context: unknown, entityPath: string, options: object): SdkBatchingReceiver;
}

/** rhea-promise's connection. */
export interface SdkConnection {
  isOpen(): boolean;
  once(event: "disconnected", listener: () => void): void;
  /** rhea's connection with its socket. */
  readonly _connection: { readonly socket?: { destroy(): void } | undefined };
}

export function messageSender(sender: ServiceBusSender): SdkMessageSender {
  return (sender as unknown as { _sender: SdkMessageSender })._sender;
}

export function batchingReceiver(receiver: ServiceBusReceiver): SdkBatchingReceiver | undefined {
  return (receiver as unknown as SdkReceiver)._batchingReceiver;
}

export function deliveryOf(message: ServiceBusReceivedMessage): SdkDelivery {
  return (message as unknown as { delivery: SdkDelivery }).delivery;
}

/**
 * Gives the broker `ms` to answer a drain. The SDK gives it 200 ms, then closes the link, and with it go the locks of all
 * that has just been received: a slow network or large messages would make that the rule.
 */
export function setDrainTimeout(receiver: ServiceBusReceiver, ms: number): void {
  const sdk = receiver as unknown as SdkReceiver;
  const create = sdk._createBatchingReceiver.bind(sdk);
  sdk._createBatchingReceiver = (context, entityPath, options) => {
    const created = create(context, entityPath, options);
    created._batchingReceiverLite._drainTimeoutInMs = ms;
    return created;
  };
}

/** In place of the SDK's message, of which nothing but this is looked at as long as its link is good. */
class UnreadMessage implements ReceivedContext {
  readonly message: ReceivedContext["message"];
  readonly delivery: SdkDelivery;
  readonly create: CreateMessage;

  constructor({ message, delivery }: ReceivedContext, create: CreateMessage) {
    this.message = message;
    this.delivery = delivery;
    this.create = create;
  }

  get _rawAmqpMessage(): { messageAnnotations: unknown } {
    return { messageAnnotations: this.message.message_annotations };
  }
}

/**
 * Has the SDK make its messages when `asReceived` asks for them, not as they come: thousands of them, with the token of each lock
 * in words, would outlive several collections for nothing.
 */
export function leaveUnread(receiver: ServiceBusReceiver): void {
  const sdk = receiver as unknown as SdkReceiver;
  const createReceiver = sdk._createBatchingReceiver.bind(sdk);
  sdk._createBatchingReceiver = (context, entityPath, options) => {
    const created = createReceiver(context, entityPath, options);
    const lite = created._batchingReceiverLite;
    const create = lite._createServiceBusMessage.bind(lite);
    lite._createServiceBusMessage = (received) =>
      new UnreadMessage(received, create) as unknown as ServiceBusReceivedMessage;
    return created;
  };
}

/** The SDK's own message, which it wants for settling one by one. */
export function asReceived(message: ServiceBusReceivedMessage): ServiceBusReceivedMessage {
  const given: unknown = message;
  return given instanceof UnreadMessage ? given.create(given) : message;
}

/** `ConnectionContext.getManagementClient(entityPath)`: one an entity, whose requests are answered one by one. */
interface SdkManagementClient {
  _makeManagementRequest(
    request: { readonly application_properties?: { readonly operation?: string } },
    logger: unknown,
    options: { readonly rawMessages?: Uint8Array[] },
  ): Promise<{ body?: { messages?: readonly { readonly message: Uint8Array }[] } }>;
}

/**
 * Lets `peekMessages(max, { rawMessages })` fill that array with the messages as the broker sent them, and answer none itself: the SDK
 * would decode each of them twice, into a shape that nothing here reads. The option reaches the request through the SDK as it is.
 */
export function allowRawPeeks(receiver: ServiceBusReceiver): void {
  const management = managementClient(receiver);
  if (rawPeekers.has(management)) return;
  rawPeekers.add(management);
  const request = management._makeManagementRequest.bind(management);
  management._makeManagementRequest = async (asked, logger, options) => {
    const answer = await request(asked, logger, options);
    const sink = options?.rawMessages;
    if (sink === undefined || answer.body?.messages === undefined) return answer;
    for (const { message } of answer.body.messages) sink.push(message);
    return { ...answer, body: { messages: [] } };
  };
}

const rawPeekers = new WeakSet<object>();

function managementClient(receiver: ServiceBusReceiver): SdkManagementClient {
  const { _context, entityPath } = receiver as unknown as {
    _context: { getManagementClient(path: string): SdkManagementClient };
    entityPath: string;
  };
  return _context.getManagementClient(entityPath);
}

export function connectionOf(client: ServiceBusClient): SdkConnection {
  return (client as unknown as { _connectionContext: { connection: SdkConnection } })._connectionContext.connection;
}

let checked = false;

/**
 * Throws when the installed SDK is not the version whose internals this adapter was written for, when they are not where
 * it had them, or when it brings an AMQP library of its own, whose messages the adapter would not see. No connection is made.
 */
export function checkSdkInternals(): void {
  if (checked) return;
  const require = createRequire(import.meta.url);
  const { version } = require("@azure/service-bus/package.json") as { version: string };
  if (version !== SDK_VERSION) {
    throw new Error(
      `@azure/service-bus ${version} is installed, but the adapter uses internals of ${SDK_VERSION}. Install exactly ${SDK_VERSION}, or move the adapter to the new version: see docs/service-bus.md.`,
    );
  }
  const sdkRequire = createRequire(require.resolve("@azure/service-bus"));
  const sdkRhea = createRequire(sdkRequire.resolve("rhea-promise")).resolve("rhea");
  if (sdkRhea !== require.resolve("rhea")) {
    throw new Error(
      "@azure/service-bus brings a copy of rhea of its own. Run `npm dedupe rhea`: see docs/service-bus.md.",
    );
  }
  const missing = missingInternals();
  if (missing.length > 0) {
    throw new Error(
      `@azure/service-bus ${version} lacks what the adapter uses of it: ${missing.join(", ")}. See docs/service-bus.md.`,
    );
  }
  checked = true;
}

function missingInternals(): string[] {
  const client = new ServiceBusClient("Endpoint=sb://check.invalid;SharedAccessKeyName=none;SharedAccessKey=none");
  const sender = messageSender(client.createSender("check"));
  const connection = connectionOf(client);
  const peeker = client.createReceiver("check");
  const receiver = peeker as unknown as SdkReceiver;
  const context = (client as unknown as { _connectionContext: unknown })._connectionContext;
  const batching = receiver._createBatchingReceiver?.(context, "check", {});
  const internals: Record<string, boolean> = {
    "ServiceBusSender._sender._trySend(bytes, isBatch, options)": sender?._trySend?.length === 3,
    "ServiceBusSender._sender.open": typeof sender?.open === "function",
    "ServiceBusSender._sender.isOpen": typeof sender?.isOpen === "function",
    "ServiceBusSender._sender._retryOptions": typeof sender?._retryOptions === "object",
    "ServiceBusReceiver._createBatchingReceiver(…)._batchingReceiverLite._drainTimeoutInMs":
      typeof batching?._batchingReceiverLite?._drainTimeoutInMs === "number",
    "ServiceBusReceiver._createBatchingReceiver(…)._batchingReceiverLite._createServiceBusMessage(context)":
      batching?._batchingReceiverLite?._createServiceBusMessage?.length === 1,
    "ManagementClient._makeManagementRequest(request, logger, options)":
      managementClient(peeker)?._makeManagementRequest?.length === 2,
    "BatchingReceiver._deliveryDispositionMap": batching?._deliveryDispositionMap instanceof Map,
    "BatchingReceiver.link": batching !== undefined && "link" in batching,
    "ServiceBusClient._connectionContext.connection": typeof connection?.once === "function",
    "ServiceBusClient._connectionContext.connection._connection": typeof connection?._connection === "object",
  };
  return Object.keys(internals).filter((name) => !internals[name]);
}
