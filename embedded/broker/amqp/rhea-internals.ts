import type { Connection, Delivery, Receiver, Sender, Session } from "rhea";

/**
 * What the broker uses of rhea beyond its public types. rhea is pinned to one exact version; the conformance suite would
 * fail on the first message if one of these were gone.
 */

export interface RheaTyped {
  readonly type: { readonly name: string; readonly typecode: number };
  readonly value: unknown;
  readonly descriptor?: RheaTyped;
}

export interface RheaDelivery
  extends Omit<
    Delivery,
    | "settled"
    | "remote_settled"
    | "state"
    | "remote_state"
    | "id"
    | "link"
    | "update"
    | "accept"
    | "release"
    | "reject"
    | "modified"
  > {
  id: number;
  readonly link: RheaSender | RheaReceiver;
  settled: boolean;
  remote_settled: boolean;
  /** Fields of the outcome as typed values, in wire order. */
  remote_state?: { readonly value: readonly (RheaTyped | null | undefined)[] };
}

export interface CircularBuffer<T> {
  readonly size: number;
  readonly capacity: number;
  by_id(id: number): T | undefined;
  get_head(): T | undefined;
  get_tail(): T | undefined;
  push(item: T): void;
  available(): number;
}

export interface TransferFields {
  readonly handle: number;
  readonly delivery_id: number | null | undefined;
  readonly delivery_tag: Buffer | null | undefined;
  readonly message_format: number | null | undefined;
  readonly settled: boolean | null | undefined;
  readonly more: boolean | null | undefined;
  readonly aborted: boolean | null | undefined;
  readonly state: unknown;
}

export interface TransferFrame {
  readonly performative: TransferFields;
  readonly payload: Buffer | undefined;
}

export interface DispositionFields {
  readonly first: number;
  readonly last: number | null | undefined;
  readonly settled: boolean | null | undefined;
  readonly state: unknown;
}

export interface RheaOutgoing {
  readonly deliveries: CircularBuffer<RheaDelivery>;
  readonly next_delivery_id: number;
  readonly next_pending_delivery: number;
  updated: RheaDelivery[];
  available(): number;
  /** Frames that the peer takes yet; those of deliveries that are not written are not counted. */
  transfer_window(): number;
  on_disposition(fields: DispositionFields): void;
}

export interface RheaIncoming {
  readonly deliveries: CircularBuffer<RheaDelivery>;
  next_transfer_id: number;
  next_delivery_id: number | undefined;
  on_transfer(frame: TransferFrame, receiver: RheaReceiver): void;
  on_disposition(fields: DispositionFields): void;
}

export interface RheaSession extends Omit<Session, "connection"> {
  readonly local: { readonly channel: number; readonly handles: Record<number, RheaSender | RheaReceiver | undefined> };
  readonly remote: { readonly handles: Record<number, RheaSender | RheaReceiver | undefined> };
  readonly state: EndpointState;
  on_attach(frame: { readonly performative: AttachPerformative }): void;
  on_detach(frame: { readonly performative: { readonly handle: number } }): void;
  on_flow(frame: unknown): void;
  remove_link(link: RheaSender | RheaReceiver): void;
  _get_link(frame: { readonly performative: { readonly handle: number } }): RheaSender | RheaReceiver;
  readonly connection: RheaConnection;
  readonly outgoing: RheaOutgoing;
  readonly incoming: RheaIncoming;
  readonly links: Record<string, RheaSender | RheaReceiver | undefined>;
}

/** A source, target or other end of a link as it came, not looked into yet. */
export type Terminus = { readonly descriptor?: { readonly value: unknown } } | null | undefined;

export interface AttachPerformative {
  readonly handle: number;
  readonly name: string;
  source: Terminus;
  target: Terminus;
}

export interface AttachFields {
  max_message_size: number;
  snd_settle_mode: number;
  rcv_settle_mode: number;
  source: unknown;
  target: unknown;
  properties: unknown;
}

interface RheaLink {
  readonly state: EndpointState;
  readonly local: { readonly handle: number; readonly attach: AttachFields };
  readonly remote: { readonly attach: AttachPerformative };
  credit: number;
  delivery_count: number;
  issue_flow: boolean;
  dispatch(name: string, context: unknown): boolean;
}

export interface RheaSender extends Omit<Sender, "session" | "connection">, RheaLink {
  readonly session: RheaSession;
  readonly connection: RheaConnection;
  _draining: boolean;
  _drained: boolean;
  _get_drain(): boolean;
}

export interface RheaReceiver extends Omit<Receiver, "session" | "connection">, RheaLink {
  readonly session: RheaSession;
  readonly connection: RheaConnection;
  _incomplete: IncompleteDelivery | undefined;
}

export interface IncompleteDelivery extends RheaDelivery {
  frames: Buffer[];
  size: number;
}

export interface RheaTransport {
  header_received: unknown;
  read(buffer: Buffer): number;
}

export interface RheaConnection extends Omit<Connection, "socket"> {
  readonly socket: import("node:net").Socket;
  readonly amqp_transport: RheaTransport;
  /** Chooses by the protocol header: 0 plain AMQP, 3 SASL before it. */
  readonly sasl_transport: { readonly transports: { readonly 3: { readonly transport: RheaTransport } } };
  readonly remote_channel_map: Record<number, RheaSession | undefined>;
  on_begin(frame: { readonly channel: number }): void;
  on_open(frame: unknown): void;
  _register(): void;
  _process(): void;
}

/** The open state of a link or session; the broker holds an answer back while a session is waited for. */
export interface EndpointState {
  local_open: boolean;
  readonly remote_open: boolean;
  open_requests: number;
}
