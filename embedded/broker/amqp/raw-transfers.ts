import { messageTooLarge } from "../engine/broker-fault";
import { dispositionsOf, RELEASED, rejectedWith } from "./disposition-writer";
import type {
  DispositionFields,
  IncompleteDelivery,
  RheaDelivery,
  RheaReceiver,
  RheaSession,
  TransferFrame,
} from "./rhea-internals";

/** A message as it came over a link, undecoded. */
export interface RawMessage {
  readonly bytes: Buffer;
  readonly format: number;
  readonly delivery: RheaDelivery;
}

/** A peer broke the protocol; the connection is closed with this condition. */
export class ProtocolFault extends Error {
  override readonly name = "ProtocolFault";
  readonly condition: string;

  constructor(condition: string, description: string) {
    super(description);
    this.condition = condition;
  }
}

/** Called for each whole message of a link; set by whoever serves the link. */
export type RawHandler = (message: RawMessage) => void;

interface Served {
  readonly handle: RawHandler;
  readonly maxBytes: number;
  readonly window: number;
}

const handlers = new WeakMap<object, Served>();

/** Serves a link: `window` messages of credit, given again before half of them are used; each of `maxBytes` at most. */
export function onRawMessage(receiver: RheaReceiver, window: number, maxBytes: number, handle: RawHandler): void {
  handlers.set(receiver, { handle, maxBytes, window });
  receiver.local.attach.max_message_size = maxBytes;
  receiver.add_credit(window);
}

/**
 * Replaces how a session takes transfers and dispositions: rhea would decode every message, and lose its types; it would
 * throw plain errors on broken sequences, and walk any range that a disposition names, however long.
 */
export function takeRawTransfers(session: RheaSession): void {
  const { incoming, outgoing } = session;
  incoming.on_transfer = (frame, receiver) => onTransfer(session, frame, receiver);
  const onFlow = session.on_flow.bind(session);
  session.on_flow = (frame) => {
    const wasShut = windowOf(session) <= 0;
    onFlow(frame);
    // The flow may have been another link's, or the session's own: whoever waited for its window can go on.
    if (wasShut && windowOf(session) > 0) {
      for (const link of Object.values(session.links))
        if (link?.is_sender() && link.is_open()) link.dispatch("sendable", {});
    }
  };
  const onOutgoing = outgoing.on_disposition.bind(outgoing);
  outgoing.on_disposition = (fields) => {
    const known = clamp(fields, outgoing.deliveries.get_head(), outgoing.deliveries.get_tail());
    if (known !== null) onOutgoing(known);
  };
  const onIncoming = incoming.on_disposition.bind(incoming);
  incoming.on_disposition = (fields) => {
    const known = clamp(fields, incoming.deliveries.get_head(), incoming.deliveries.get_tail());
    if (known !== null) onIncoming(known);
  };
}

/** How many more messages the client takes on this session, whatever credit its links have; each has one frame at least. */
export function windowOf({ outgoing }: RheaSession): number {
  return outgoing.transfer_window() - (outgoing.next_delivery_id - outgoing.next_pending_delivery);
}

function clamp(
  fields: DispositionFields,
  head: RheaDelivery | undefined,
  tail: RheaDelivery | undefined,
): DispositionFields | null {
  if (head === undefined || tail === undefined) return null;
  const first = Math.max(fields.first, head.id);
  const last = Math.min(fields.last ?? fields.first, tail.id);
  if (first > last) return null;
  return { first, last, settled: fields.settled, state: fields.state };
}

function onTransfer(session: RheaSession, frame: TransferFrame, receiver: RheaReceiver): void {
  const { incoming } = session;
  incoming.next_transfer_id++;
  if (!receiver.is_remote_open())
    throw new ProtocolFault("amqp:session:unattached-handle", "A transfer came after the link was detached.");
  const fields = frame.performative;
  let current = receiver._incomplete;
  if (current === undefined) {
    current = begin(session, frame, receiver);
  } else {
    if (fields.delivery_id != null && fields.delivery_id !== current.id) {
      throw new ProtocolFault(
        "amqp:session:invalid-field",
        `Delivery ${current.id} is not complete, but delivery ${fields.delivery_id} came.`,
      );
    }
    if (frame.payload) {
      current.frames.push(frame.payload);
      current.size += frame.payload.length;
    }
  }
  if (fields.aborted) {
    receiver._incomplete = undefined;
    current.settled = true;
    current.remote_settled = true;
    countTransfer(receiver, handlers.get(receiver));
    return;
  }
  const served = handlers.get(receiver);
  // The rest of a message that is too large is not kept; it is refused as a whole when its end has come.
  if (served !== undefined && current.size > served.maxBytes) current.frames = [];
  if (fields.more) {
    receiver._incomplete = current;
    return;
  }
  receiver._incomplete = undefined;
  const bytes = current.frames.length === 1 ? (current.frames[0] as Buffer) : Buffer.concat(current.frames);
  current.frames = [];
  countTransfer(receiver, served);
  if (served === undefined || !receiver.is_open()) {
    dispositionsOf(session).settleIncoming(current, RELEASED);
    return;
  }
  if (current.size > served.maxBytes) {
    dispositionsOf(session).settleIncoming(
      current,
      rejectedWith(messageTooLarge(current.id, current.size, served.maxBytes)),
    );
    return;
  }
  served.handle({ bytes, format: current.format, delivery: current });
}

function countTransfer(receiver: RheaReceiver, served: Served | undefined): void {
  if (receiver.credit <= 0) {
    throw new ProtocolFault("amqp:link:transfer-limit-exceeded", "A transfer came without credit for it.");
  }
  receiver.credit--;
  receiver.delivery_count++;
  if (served !== undefined && receiver.is_open() && receiver.credit <= served.window / 2)
    receiver.add_credit(served.window - receiver.credit);
}

function begin(session: RheaSession, frame: TransferFrame, receiver: RheaReceiver): IncompleteDelivery {
  const { incoming } = session;
  const fields = frame.performative;
  const id = fields.delivery_id;
  if (id == null)
    throw new ProtocolFault("amqp:session:invalid-field", "The first transfer of a delivery has no delivery-id.");
  incoming.next_delivery_id ??= id;
  if (id !== incoming.next_delivery_id) {
    throw new ProtocolFault(
      "amqp:session:invalid-field",
      `Delivery ${incoming.next_delivery_id} was expected, ${id} came.`,
    );
  }
  if (incoming.deliveries.available() === 0) {
    throw new ProtocolFault(
      "amqp:session:window-violation",
      "More deliveries are unsettled than the session's window allows.",
    );
  }
  const current: IncompleteDelivery = {
    id,
    tag: fields.delivery_tag ?? Buffer.alloc(0),
    format: fields.message_format ?? 0,
    link: receiver,
    sent: false,
    settled: false,
    remote_settled: fields.settled ?? false,
    frames: frame.payload ? [frame.payload] : [],
    size: frame.payload?.length ?? 0,
  };
  incoming.deliveries.push(current);
  incoming.next_delivery_id = (id + 1) >>> 0;
  return current;
}
