import type { Socket } from "node:net";
import type { EventContext } from "rhea";
import { parseAddress } from "../engine/address";
import { BrokerFault, entityNotFound } from "../engine/broker-fault";
import type { Entity } from "../engine/entity";
import { type Session, SessionWaiter } from "../engine/session";
import type { ConnectionRights } from "./authority";
import { dispositionsOf } from "./disposition-writer";
import { guardFrames, MAX_FRAME_BYTES } from "./frame-guard";
import { IncomingLink } from "./incoming-link";
import { ticksOf } from "./lock-token";
import { OutgoingLink } from "./outgoing-link";
import { ProtocolFault, takeRawTransfers } from "./raw-transfers";
import { forwarded, refuse } from "./refusals";
import { RequestServer } from "./request-server";
import type { RheaConnection, RheaReceiver, RheaSender, RheaSession } from "./rhea-internals";
import type { ServerContext } from "./server-context";

const SESSION_FILTER = "com.microsoft:session-filter";
const MAX_CHANNEL = 4999;
/** A client that has connected says what it wants within this time. */
const OPEN_TIMEOUT_MS = 30_000;
const IDLE_TIMEOUT_MS = 120_000;
/** Deliveries of one session that may be unsettled; the client library allows 2,048 itself. */
const SESSION_BUFFER = 4096;
/** Longest wait for a free session. */
const SESSION_WAIT_MS = 65_000;

/** One client's connection: its links, its rights, and what becomes of them when it ends. */
export class AmqpConnection {
  readonly #context: ServerContext;
  readonly #socket: Socket;
  readonly #connection: RheaConnection;
  readonly #rights: ConnectionRights;
  readonly #outgoing = new Map<RheaSender, OutgoingLink>();
  readonly #incoming = new Map<RheaReceiver, IncomingLink>();
  readonly #waiters = new Map<RheaSender, () => void>();
  readonly #sessions = new Set<RheaSession>();
  readonly #requests: RequestServer;

  constructor(context: ServerContext, socket: Socket, onEnd: (connection: AmqpConnection) => void) {
    this.#context = context;
    this.#socket = socket;
    this.#rights = context.authority.newConnection();
    this.#requests = new RequestServer(context, this.#rights);
    const connection = context.container.create_connection({
      reconnect: false,
      max_frame_size: MAX_FRAME_BYTES,
      channel_max: MAX_CHANNEL,
      idle_time_out: IDLE_TIMEOUT_MS,
      session_buffer_size: SESSION_BUFFER,
      receiver_options: { autoaccept: false, credit_window: 0 },
      sender_options: { autosettle: false, treat_modified_as_released: false },
    } as never) as unknown as RheaConnection;
    this.#connection = connection;
    this.#guard(connection);
    (connection as unknown as { accept(socket: Socket): void }).accept(socket);
    guardFrames(connection.amqp_transport);
    guardFrames(connection.sasl_transport.transports[3].transport);
    const opening = setTimeout(() => socket.destroy(), OPEN_TIMEOUT_MS);
    connection.on("connection_open", () => clearTimeout(opening));
    socket.on("close", () => {
      clearTimeout(opening);
      this.#dropLinks(() => true);
      onEnd(this);
    });
  }

  /** Closes all links to an entity that is gone, with the reason. */
  closeLinksOf(entity: Entity): void {
    const fault = entityNotFound(`sb://${this.#context.namespace.name}/${entity.path}`);
    for (const link of this.#outgoing.values()) if (link.queue.entityId === entity.id) link.closeWith(fault);
    for (const link of this.#incoming.values()) if (link.entity.id === entity.id) link.closeWith(fault);
  }

  /** Closes the connection in order: the client is told why. */
  close(condition: string, description: string): void {
    this.#dropLinks(() => true);
    this.#connection.close({ condition, description });
  }

  /** Cuts the connection as a broken network does. */
  destroy(): void {
    this.#socket.destroy();
  }

  #guard(connection: RheaConnection): void {
    const process = connection._process.bind(connection);
    // Nothing reaches the client before what it tells of is kept: the socket holds it back until the journal is written.
    const write = (): void => {
      this.#socket.cork();
      try {
        process();
        for (const session of this.#sessions) {
          for (const frame of dispositionsOf(session).takeFrames()) this.#socket.write(frame);
        }
        this.#context.flush();
      } finally {
        this.#socket.uncork();
      }
    };
    connection._process = () => {
      const delay = this.#context.faults.linkDelayMs();
      if (delay > 0) setTimeout(write, delay);
      else write();
    };
    const begin = connection.on_begin.bind(connection);
    connection.on_begin = (frame) => {
      if (connection.remote_channel_map[frame.channel] !== undefined) {
        throw new ProtocolFault("amqp:not-allowed", `A session is open on channel ${frame.channel}.`);
      }
      begin(frame);
    };
    connection.on("session_open", (context: EventContext) => {
      const session = context.session as unknown as RheaSession;
      this.#sessions.add(session);
      takeRawTransfers(session);
    });
    connection.on("sender_open", (context: EventContext) =>
      this.#attachOutgoing(context.sender as unknown as RheaSender),
    );
    connection.on("receiver_open", (context: EventContext) =>
      this.#attachIncoming(context.receiver as unknown as RheaReceiver),
    );
    connection.on("sender_close", (context: EventContext) =>
      this.#dropLinks((link) => link === (context.sender as unknown)),
    );
    connection.on("receiver_close", (context: EventContext) =>
      this.#dropLinks((link) => link === (context.receiver as unknown)),
    );
    connection.on("session_close", (context: EventContext) => {
      this.#sessions.delete(context.session as unknown as RheaSession);
      this.#dropLinks((link) => link.session === (context.session as unknown));
    });
    connection.on("connection_close", () => this.#dropLinks(() => true));
    connection.on("disconnected", () => this.#dropLinks(() => true));
    for (const event of ["sender_error", "receiver_error", "session_error", "connection_error"])
      connection.on(event, () => {});
    connection.on("protocol_error", (error: unknown) => this.#broken(error));
    connection.on("error", (error: unknown) => this.#broken(error));
  }

  /** The peer broke the protocol: it is told, then the connection ends; others go on. */
  #broken(error: unknown): void {
    const condition = error instanceof ProtocolFault ? error.condition : "amqp:connection:framing-error";
    const description = error instanceof Error ? error.message : String(error);
    this.#context.log("connection-broken", { condition, description });
    this.#dropLinks(() => true);
    try {
      this.#connection.close({ condition, description });
      this.#connection._process();
    } catch {
      // The transport may be in no state to say anything.
    }
    this.#socket.end();
    setTimeout(() => this.#socket.destroy(), 1000).unref();
  }

  #dropLinks(gone: (link: RheaSender | RheaReceiver) => boolean): void {
    for (const [sender, link] of this.#outgoing) {
      if (!gone(sender)) continue;
      this.#outgoing.delete(sender);
      link.stop();
    }
    for (const [sender, stopWaiting] of this.#waiters) {
      if (!gone(sender)) continue;
      this.#waiters.delete(sender);
      stopWaiting();
    }
    for (const receiver of this.#incoming.keys()) if (gone(receiver)) this.#incoming.delete(receiver);
    this.#requests.drop(gone);
  }

  // A client attaches to receive.

  #attachOutgoing(sender: RheaSender): void {
    try {
      this.#openOutgoing(sender);
    } catch (error) {
      if (!(error instanceof BrokerFault)) throw error;
      refuse(sender, error);
    }
  }

  #openOutgoing(sender: RheaSender): void {
    const text = sender.source?.address ?? "";
    const address = parseAddress(text);
    sender.set_target(sender.target ?? {});
    sender.local.attach.snd_settle_mode = sender.snd_settle_mode;
    sender.local.attach.rcv_settle_mode = sender.rcv_settle_mode;
    if (address.kind === "cbs" || address.management) {
      this.#requests.openReplies(sender, text);
      return;
    }
    const { entity, queue } = this.#context.namespace.receivingQueue(address.path, address.role);
    this.#rights.demand("Listen", text, this.#context.namespace.now());
    const { status, requiresSession, forwardTo, forwardDeadLetteredMessagesTo } = entity.settings;
    if (status === "Disabled" || status === "ReceiveDisabled") {
      throw new BrokerFault(
        "com.microsoft:entity-disabled",
        `Messaging entity '${entity.path}' is currently disabled.`,
      );
    }
    if (address.role === "main" && forwardTo !== null) throw forwarded(entity.path, forwardTo);
    if (address.role === "dead-letter" && forwardDeadLetteredMessagesTo !== null)
      throw forwarded(queue.path, forwardDeadLetteredMessagesTo);
    this.#context.namespace.touch(entity);
    const filter = sender.source?.filter;
    const wantsSession = filter != null && SESSION_FILTER in filter;
    if (wantsSession !== (requiresSession && address.role === "main")) {
      throw new BrokerFault(
        "amqp:not-allowed",
        wantsSession
          ? "A sessionful message receiver cannot be created on an entity that does not require sessions. Ensure RequiresSession is set to true when creating a Queue or Subscription to enable sessionful behavior."
          : "It is not possible for an entity that requires sessions to create a non-sessionful message receiver.",
      );
    }
    const link = new OutgoingLink(sender, queue, this.#context.faults);
    if (!wantsSession) {
      sender.set_source({ address: text });
      this.#outgoing.set(sender, link);
      link.start(null);
      return;
    }
    const wanted = textOf(filter[SESSION_FILTER]);
    if (wanted === null) this.#waitForSession(sender, link);
    else this.#grantSession(sender, link, queue.sessions.accept(wanted, link));
  }

  /** The answer to the attach is held back until a session is free; the client's wait is its own or 65 s. */
  #waitForSession(sender: RheaSender, link: OutgoingLink): void {
    sender.state.local_open = false;
    sender.state.open_requests = 0;
    const timeout = Number(
      (sender.properties as Record<string, unknown> | undefined)?.["com.microsoft:timeout"] ?? SESSION_WAIT_MS,
    );
    const waiter = new SessionWaiter(
      link,
      (session) => {
        this.#waiters.delete(sender);
        sender.open();
        this.#grantSession(sender, link, session);
      },
      () => {
        this.#waiters.delete(sender);
        link.queue.sessions.stopWaiting(waiter);
        sender.open();
        refuse(
          sender,
          new BrokerFault(
            "com.microsoft:timeout",
            "The operation did not complete within the allotted time: no session has messages and is free.",
          ),
        );
      },
    );
    this.#waiters.set(sender, () => link.queue.sessions.stopWaiting(waiter));
    link.queue.sessions.acceptNext(
      waiter,
      Math.min(Number.isFinite(timeout) ? Math.max(timeout, 0) : SESSION_WAIT_MS, SESSION_WAIT_MS),
    );
  }

  #grantSession(sender: RheaSender, link: OutgoingLink, session: Session): void {
    const address = sender.source.address;
    sender.set_source({ address, filter: { [SESSION_FILTER]: session.id } });
    const ticks = Buffer.alloc(8);
    ticks.writeBigInt64BE(ticksOf(session.lockedUntil));
    sender.local.attach.properties = {
      "com.microsoft:locked-until-utc": this.#context.container.types.wrap_long(ticks),
    };
    this.#outgoing.set(sender, link);
    link.start(session);
  }

  // A client attaches to send.

  #attachIncoming(receiver: RheaReceiver): void {
    try {
      this.#openIncoming(receiver);
    } catch (error) {
      if (!(error instanceof BrokerFault)) throw error;
      refuse(receiver, error);
    }
  }

  #openIncoming(receiver: RheaReceiver): void {
    const text = receiver.target?.address ?? "";
    const address = parseAddress(text);
    receiver.set_source(receiver.source ?? {});
    receiver.set_target({ address: text });
    if (address.kind === "cbs" || address.management) {
      if (address.kind !== "cbs") this.#context.namespace.get(address.path);
      this.#requests.openRequests(receiver, text);
      return;
    }
    const entity = this.#context.namespace.get(address.path);
    if (address.role !== "main" || entity.kind === "subscription") {
      throw new BrokerFault("amqp:not-allowed", `Messages cannot be sent to '${text}'.`);
    }
    this.#rights.demand("Send", text, this.#context.namespace.now());
    this.#incoming.set(receiver, new IncomingLink(receiver, entity, this.#context.namespace, this.#context.faults));
  }
}

/** rhea hands a filter's value on wrapped or plain. */
function textOf(value: unknown): string | null {
  if (typeof value === "string") return value;
  if (value !== null && typeof value === "object" && "value" in value)
    return textOf((value as { value: unknown }).value);
  return null;
}
