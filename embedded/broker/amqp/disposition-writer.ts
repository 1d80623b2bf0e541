import { encodeValue } from "@/lib/amqp/encode-value";
import { type AmqpValue, amqpString, amqpSymbol } from "@/lib/amqp/values";
import type { BrokerFault } from "../engine/broker-fault";
import type { RheaDelivery, RheaSession } from "./rhea-internals";

/** An outcome, encoded; compared by identity, so that equal ones can share a frame. */
export type Outcome = Buffer;

export const ACCEPTED: Outcome = Buffer.of(0x00, 0x53, 0x24, 0x45);
export const REJECTED: Outcome = Buffer.of(0x00, 0x53, 0x25, 0x45);
export const RELEASED: Outcome = Buffer.of(0x00, 0x53, 0x26, 0x45);

export function rejectedWith(fault: BrokerFault): Outcome {
  const error: AmqpValue = {
    type: "described",
    descriptor: { type: "ulong", value: 0x1dn },
    value: { type: "list", items: [amqpSymbol(fault.condition), amqpString(fault.message)] },
  };
  const rejected: AmqpValue = {
    type: "described",
    descriptor: { type: "ulong", value: 0x25n },
    value: { type: "list", items: [error] },
  };
  return Buffer.from(encodeValue(rejected));
}

/**
 * Settlements that one session owes its client. rhea would put two neighbouring deliveries with different outcomes into one
 * frame with the outcome of the first: a client would be told of a success that never was. So they are written here.
 */
export class DispositionWriter {
  readonly #session: RheaSession;
  readonly #outgoing: [id: number, outcome: Outcome][] = [];
  readonly #incoming: [id: number, outcome: Outcome][] = [];

  constructor(session: RheaSession) {
    this.#session = session;
  }

  /** Settles a delivery that the broker sent. The client never settles it a second time, so its slot is freed here. */
  settleOutgoing(delivery: RheaDelivery, outcome: Outcome): void {
    delivery.settled = true;
    delivery.remote_settled = true;
    this.#outgoing.push([delivery.id, outcome]);
    this.#session.connection._register();
  }

  /** Settles a delivery that the client sent; one that it sent settled needs no answer. */
  settleIncoming(delivery: RheaDelivery, outcome: Outcome): void {
    delivery.settled = true;
    if (!delivery.remote_settled) this.#incoming.push([delivery.id, outcome]);
    this.#session.connection._register();
  }

  /** The frames of everything owed. */
  takeFrames(): Buffer[] {
    const frames: Buffer[] = [];
    collect(frames, this.#outgoing.splice(0), this.#session.local.channel, false);
    collect(frames, this.#incoming.splice(0), this.#session.local.channel, true);
    return frames;
  }
}

function collect(
  frames: Buffer[],
  settled: readonly [id: number, outcome: Outcome][],
  channel: number,
  isReceiver: boolean,
): void {
  for (let at = 0; at < settled.length; ) {
    const [first, outcome] = settled[at] as [number, Outcome];
    let last = first;
    while (++at < settled.length) {
      const [id, next] = settled[at] as [number, Outcome];
      if (id !== last + 1 || next !== outcome) break;
      last = id;
    }
    frames.push(dispositionFrame(channel, isReceiver, first, last, outcome));
  }
}

function dispositionFrame(channel: number, isReceiver: boolean, first: number, last: number, outcome: Outcome): Buffer {
  const long = 12 + outcome.length + 1 > 255;
  const head = long ? 20 : 14;
  const frame = Buffer.allocUnsafe(head + 12 + outcome.length);
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt16BE(0x0200, 4);
  frame.writeUInt16BE(channel, 6);
  frame.writeUIntBE(0x005315, 8, 3);
  if (long) {
    frame[11] = 0xd0;
    frame.writeUInt32BE(frame.length - 16, 12);
    frame.writeUInt32BE(5, 16);
  } else {
    frame[11] = 0xc0;
    frame[12] = frame.length - 13;
    frame[13] = 5;
  }
  frame[head] = isReceiver ? 0x41 : 0x42;
  frame[head + 1] = 0x70;
  frame.writeUInt32BE(first, head + 2);
  frame[head + 6] = 0x70;
  frame.writeUInt32BE(last, head + 7);
  frame[head + 11] = 0x41;
  outcome.copy(frame, head + 12);
  return frame;
}

const writers = new WeakMap<object, DispositionWriter>();

export function dispositionsOf(session: RheaSession): DispositionWriter {
  let writer = writers.get(session);
  if (writer === undefined) {
    writer = new DispositionWriter(session);
    writers.set(session, writer);
  }
  return writer;
}
