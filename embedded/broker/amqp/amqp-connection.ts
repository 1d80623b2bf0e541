import type { Socket } from "node:net";
import type { EventContext } from "rhea";
import type { Entity } from "../engine/entity";
import { ConnectionLinks } from "./connection-links";
import { dispositionsOf } from "./disposition-writer";
import { guardFrames, MAX_FRAME_BYTES } from "./frame-guard";
import { freeHandlesOnDetach } from "./link-handles";
import { ProtocolFault, takeRawTransfers } from "./raw-transfers";
import type { RheaConnection, RheaReceiver, RheaSender, RheaSession } from "./rhea-internals";
import type { ServerContext } from "./server-context";

const MAX_CHANNEL = 4999;
/** Deliveries of one session that may be unsettled; the client library allows 2,048 itself. */
const SESSION_BUFFER = 4096;

/** One client's connection: its links, its rights, and what becomes of them when it ends. */
export class AmqpConnection {
  readonly #context: ServerContext;
  readonly #socket: Socket;
  readonly #connection: RheaConnection;
  readonly #links: ConnectionLinks;
  readonly #sessions = new Set<RheaSession>();

  constructor(context: ServerContext, socket: Socket, onEnd: (connection: AmqpConnection) => void) {
    this.#context = context;
    this.#socket = socket;
    this.#links = new ConnectionLinks(context);
    const connection = context.container.create_connection({
      reconnect: false,
      max_frame_size: MAX_FRAME_BYTES,
      channel_max: MAX_CHANNEL,
      idle_time_out: context.timeouts.idleMs,
      session_buffer_size: SESSION_BUFFER,
      receiver_options: { autoaccept: false, credit_window: 0 },
      sender_options: { autosettle: false, treat_modified_as_released: false },
    } as never) as unknown as RheaConnection;
    this.#connection = connection;
    this.#guard(connection);
    (connection as unknown as { accept(socket: Socket): void }).accept(socket);
    guardFrames(connection.amqp_transport);
    guardFrames(connection.sasl_transport.transports[3].transport);
    const opening = setTimeout(() => socket.destroy(), context.timeouts.openMs);
    connection.on("connection_open", () => clearTimeout(opening));
    socket.on("close", () => {
      clearTimeout(opening);
      this.#links.end();
      onEnd(this);
    });
  }

  /** Closes all links to an entity that is gone, with the reason. */
  closeLinksOf(entity: Entity): void {
    this.#links.closeLinksOf(entity);
  }

  /** Closes the connection in order: the client is told why. */
  close(condition: string, description: string): void {
    this.#links.drop(() => true);
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
    const open = connection.on_open.bind(connection);
    connection.on_open = (frame) => {
      if (connection.is_remote_open()) throw new ProtocolFault("amqp:illegal-state", "The connection is open already.");
      open(frame);
    };
    const begin = connection.on_begin.bind(connection);
    connection.on_begin = (frame) => {
      // A session that the client has ended stays in the table for some turns of the event loop.
      if (connection.remote_channel_map[frame.channel]?.state.remote_open) {
        throw new ProtocolFault("amqp:not-allowed", `A session is open on channel ${frame.channel}.`);
      }
      begin(frame);
    };
    connection.on("session_open", (context: EventContext) => {
      const session = context.session as unknown as RheaSession;
      this.#sessions.add(session);
      takeRawTransfers(session);
      freeHandlesOnDetach(session);
    });
    connection.on("sender_open", (context: EventContext) =>
      this.#links.attachOutgoing(context.sender as unknown as RheaSender),
    );
    connection.on("receiver_open", (context: EventContext) =>
      this.#links.attachIncoming(context.receiver as unknown as RheaReceiver),
    );
    connection.on("sender_close", (context: EventContext) =>
      this.#links.drop((link) => link === (context.sender as unknown)),
    );
    connection.on("receiver_close", (context: EventContext) =>
      this.#links.drop((link) => link === (context.receiver as unknown)),
    );
    connection.on("session_close", (context: EventContext) => {
      this.#sessions.delete(context.session as unknown as RheaSession);
      this.#links.drop((link) => link.session === (context.session as unknown));
    });
    connection.on("connection_close", () => this.#links.drop(() => true));
    connection.on("disconnected", () => this.#links.drop(() => true));
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
    this.#links.drop(() => true);
    try {
      this.#connection.close({ condition, description });
      this.#connection._process();
    } catch {
      // The transport may be in no state to say anything.
    }
    this.#socket.end();
    setTimeout(() => this.#socket.destroy(), 1000).unref();
  }
}
