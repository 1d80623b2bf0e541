import { parseAddress } from "../engine/address";
import { BrokerFault, entityDisabled, entityNotFound } from "../engine/broker-fault";
import type { Entity } from "../engine/entity";
import { type Session, SessionWaiter } from "../engine/session";
import type { Timed } from "../engine/timer-heap";
import type { ConnectionRights } from "./authority";
import { IncomingLink } from "./incoming-link";
import { isForTransactions } from "./link-handles";
import { ticksOf } from "./lock-token";
import { OutgoingLink } from "./outgoing-link";
import { forwarded, noAddress, refuse, tokenRanOut } from "./refusals";
import { RequestServer } from "./request-server";
import type { RheaReceiver, RheaSender } from "./rhea-internals";
import type { ServerContext } from "./server-context";

const SESSION_FILTER = "com.microsoft:session-filter";
/** Longest wait for a free session. */
const SESSION_WAIT_MS = 65_000;

/** The links of one connection: who may open which, and what closes them. */
export class ConnectionLinks {
  readonly #context: ServerContext;
  readonly #rights: ConnectionRights;
  readonly #outgoing = new Map<RheaSender, OutgoingLink>();
  readonly #incoming = new Map<RheaReceiver, IncomingLink>();
  readonly #waiters = new Map<RheaSender, () => void>();
  readonly #requests: RequestServer;
  /** Comes due when a token of the connection runs out. */
  readonly #expiry: Timed = { dueAt: 0, heapIndex: -1, onDue: () => this.#closeUncovered() };

  constructor(context: ServerContext) {
    this.#context = context;
    this.#rights = context.authority.newConnection();
    this.#requests = new RequestServer(context, this.#rights, () => this.#watchExpiry());
  }

  /** Closes all links to an entity that is gone, with the reason. */
  closeLinksOf(entity: Entity): void {
    const fault = entityNotFound(`sb://${this.#context.namespace.name}/${entity.path}`);
    for (const link of this.#outgoing.values()) if (link.queue.entityId === entity.id) link.closeWith(fault);
    for (const link of this.#incoming.values()) if (link.entity.id === entity.id) link.closeWith(fault);
  }

  /** The connection has ended. */
  end(): void {
    this.drop(() => true);
    this.#context.namespace.timers.cancel(this.#expiry);
  }

  /** Links that are gone, or whose connection is: locks stay until they run out, sessions become free. */
  drop(gone: (link: RheaSender | RheaReceiver) => boolean): void {
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

  // Tokens run out.

  #watchExpiry(): void {
    const { namespace } = this.#context;
    namespace.timers.schedule(this.#expiry, this.#rights.nextExpiry(namespace.now()));
  }

  #closeUncovered(): void {
    const now = this.#context.namespace.now();
    for (const [sender, link] of this.#outgoing) {
      const address = sender.source.address;
      if (!this.#rights.holds("Listen", address, now)) link.closeWith(tokenRanOut(sender.name, "Listen", address));
    }
    for (const [receiver, link] of this.#incoming) {
      const address = receiver.target.address;
      if (!this.#rights.holds("Send", address, now)) link.closeWith(tokenRanOut(receiver.name, "Send", address));
    }
    this.#context.log("token-expired", {});
    this.#requests.closeUncovered((link, address) => tokenRanOut(link.name, "Listen", address));
    this.#watchExpiry();
  }

  // A client attaches to receive.

  attachOutgoing(sender: RheaSender): void {
    try {
      this.#openOutgoing(sender);
    } catch (error) {
      if (!(error instanceof BrokerFault)) throw error;
      refuse(sender, error);
    }
  }

  #openOutgoing(sender: RheaSender): void {
    const text = sender.source?.address ?? "";
    if (text === "") throw noAddress("source");
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
      throw entityDisabled(entity.path);
    }
    if (address.role === "main" && forwardTo !== null) throw forwarded(entity.path, forwardTo);
    if (address.role === "dead-letter" && forwardDeadLetteredMessagesTo !== null)
      throw forwarded(queue.path, forwardDeadLetteredMessagesTo);
    this.#context.faults.beforeReceive(queue);
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
    // An entity's idle time begins when the last of its receivers has gone.
    const link = new OutgoingLink(sender, queue, this.#context.faults, () => this.#context.namespace.touch(entity));
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

  attachIncoming(receiver: RheaReceiver): void {
    try {
      this.#openIncoming(receiver);
    } catch (error) {
      if (!(error instanceof BrokerFault)) throw error;
      refuse(receiver, error);
    }
  }

  #openIncoming(receiver: RheaReceiver): void {
    if (isForTransactions(receiver)) {
      throw new BrokerFault("amqp:not-implemented", "Transactions are not supported.");
    }
    const text = receiver.target?.address ?? "";
    if (text === "") throw noAddress("target");
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
