import { connect, type Socket } from "node:net";
import { decodeValue } from "@/lib/amqp/decode-value";
import { encodeValue } from "@/lib/amqp/encode-value";
import { type AmqpValue, amqpString, NULL } from "@/lib/amqp/values";
import { eventually } from "./eventually";

export const uint = (value: number): AmqpValue => ({ type: "uint", value });
export const bool = (value: boolean): AmqpValue => ({ type: "boolean", value });
export const binary = (value: Uint8Array): AmqpValue => ({ type: "binary", value });
export const described = (code: number, items: AmqpValue[]): AmqpValue => ({
  type: "described",
  descriptor: { type: "ulong", value: BigInt(code) },
  value: { type: "list", items },
});

export interface Frame {
  readonly code: number;
  readonly fields: readonly AmqpValue[];
  readonly payload: Buffer;
}

/** One AMQP client connection of frames written by hand: it shares no code with rhea, and may break any rule. */
export class RawClient {
  readonly socket: Socket;
  readonly frames: Frame[] = [];
  ended = false;
  #received = Buffer.alloc(0);
  #headerSeen = false;

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.ended = true;
    });
    this.socket.on("data", (data) => {
      this.#received = Buffer.concat([this.#received, data]);
      this.#read();
    });
  }

  #read(): void {
    if (!this.#headerSeen) {
      if (this.#received.length < 8) return;
      this.#headerSeen = true;
      this.#received = this.#received.subarray(8);
    }
    while (this.#received.length >= 8) {
      const size = this.#received.readUInt32BE(0);
      if (this.#received.length < size) return;
      const frame = this.#received.subarray(0, size);
      this.#received = this.#received.subarray(size);
      if (size === 8) continue;
      const { value, end } = decodeValue(frame, 8);
      if (value.type !== "described" || value.descriptor.type !== "ulong" || value.value.type !== "list")
        throw new Error("a frame holds no performative");
      this.frames.push({
        code: Number(value.descriptor.value),
        fields: value.value.items,
        payload: Buffer.from(frame.subarray(end)),
      });
    }
  }

  bytes(data: Uint8Array): void {
    this.socket.write(data);
  }

  frame(code: number, items: AmqpValue[], payload: Uint8Array = Buffer.alloc(0)): void {
    const body = Buffer.concat([encodeValue(described(code, items)), payload]);
    const head = Buffer.alloc(8);
    head.writeUInt32BE(8 + body.length, 0);
    head[4] = 2;
    this.bytes(Buffer.concat([head, body]));
  }

  /** Header, open and begin, and the answers to them; `window` frames may come to the client's session. */
  async open(window = 2048): Promise<this> {
    this.bytes(Buffer.from("AMQP\u0000\u0001\u0000\u0000", "latin1"));
    this.frame(0x10, [amqpString("raw"), amqpString("localhost")]);
    this.frame(0x11, [NULL, uint(0), uint(window), uint(2048)]);
    await this.answer(0x11);
    return this;
  }

  /** The next frame of this kind. */
  async answer(code: number): Promise<Frame> {
    return eventually(`frame 0x${code.toString(16)}`, () => {
      const at = this.frames.findIndex((frame) => frame.code === code);
      return at === -1 ? undefined : this.frames.splice(at, 1)[0];
    });
  }

  /** Attaches as a sender (to the entity) or as a receiver (from it), and waits for the answer. */
  async attach(role: "sender" | "receiver", address: string, handle = 0): Promise<Frame> {
    const terminus = described(role === "sender" ? 0x29 : 0x28, [amqpString(address)]);
    this.attachTo(role, terminus, handle, `${role}-${handle}`);
    return this.answer(0x12);
  }

  /** Only writes the attach; the terminus may be anything. */
  attachTo(role: "sender" | "receiver", terminus: AmqpValue, handle: number, name: string): void {
    const none = described(role === "sender" ? 0x28 : 0x29, []);
    const [source, target] = role === "sender" ? [none, terminus] : [terminus, none];
    const modes: AmqpValue[] = [
      { type: "ubyte", value: 2 },
      { type: "ubyte", value: role === "receiver" ? 1 : 0 },
    ];
    this.frame(0x12, [
      amqpString(name),
      uint(handle),
      bool(role === "receiver"),
      ...modes,
      source,
      target,
      NULL,
      NULL,
      uint(0),
    ]);
  }

  detach(handle = 0): void {
    this.frame(0x16, [uint(handle), bool(true)]);
  }

  async send(id: number, message: Uint8Array): Promise<AmqpValue> {
    this.frame(0x14, [uint(0), uint(id), binary(Buffer.from([id])), uint(0), bool(false), bool(false)], message);
    return (await this.answer(0x15)).fields[4] as AmqpValue;
  }

  /** Gives a link credit for the first time; `window` as for `open`. */
  credit(count: number, handle = 0, window = 2048): void {
    this.frame(0x13, [uint(0), uint(window), uint(0), uint(2048), uint(handle), uint(0), uint(count)]);
  }

  /** The session takes `window` frames more, behind the `taken` that have come. */
  openWindow(taken: number, window: number): void {
    this.frame(0x13, [uint(taken), uint(window), uint(0), uint(2048)]);
  }

  close(): void {
    this.socket.destroy();
  }
}

/** A section of a message: its descriptor and a value. */
export function section(code: number, value: AmqpValue): Buffer {
  return Buffer.concat([Buffer.of(0x00, 0x53, code), encodeValue(value)]);
}

/** The condition of an AMQP error in a frame's field; null when there is none. */
export function conditionOf(error: AmqpValue | undefined): string | null {
  if (error?.type !== "described" || error.value.type !== "list") return null;
  const condition = error.value.items[0];
  return condition?.type === "symbol" ? condition.value : null;
}
