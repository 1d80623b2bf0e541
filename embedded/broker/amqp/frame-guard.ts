import { decodeValue } from "@/lib/amqp/decode-value";
import { AmqpDecodeError } from "@/lib/amqp/values";
import { ProtocolFault } from "./raw-transfers";
import type { RheaTransport } from "./rhea-internals";

/** Largest frame that is taken; what the broker says in its open. */
export const MAX_FRAME_BYTES = 65_536;
const PROTOCOL_HEADER_BYTES = 8;
/** "AMQP": the header of the next layer, which may follow SASL's last frame at once. */
const PROTOCOL_HEADER_START = 0x414d5150;

/**
 * Looks at every frame before rhea does: its size before its bytes are waited for, and its performative with a decoder that
 * has bounds. rhea would collect a frame of any size, follow any nesting, and build an array of any claimed length.
 */
export function guardFrames(transport: RheaTransport): void {
  const read = transport.read.bind(transport);
  transport.read = (buffer) => {
    checkFrames(buffer, transport.header_received ? 0 : PROTOCOL_HEADER_BYTES);
    return read(buffer);
  };
}

function checkFrames(buffer: Buffer, start: number): void {
  let at = start;
  while (at + 4 <= buffer.length) {
    const size = buffer.readUInt32BE(at);
    if (size === PROTOCOL_HEADER_START) return;
    if (size < 8 || size > MAX_FRAME_BYTES) {
      throw new ProtocolFault(
        "amqp:connection:framing-error",
        `A frame of ${size} bytes is not within 8 to ${MAX_FRAME_BYTES}.`,
      );
    }
    if (at + size > buffer.length) return;
    checkFrame(buffer.subarray(at, at + size));
    at += size;
  }
}

function checkFrame(frame: Buffer): void {
  const dataOffset = frame.readUInt8(4) * 4;
  if (dataOffset < 8 || dataOffset > frame.length) {
    throw new ProtocolFault("amqp:connection:framing-error", "A frame's data offset points outside of it.");
  }
  if (dataOffset === frame.length) return;
  try {
    decodeValue(frame, dataOffset);
  } catch (error) {
    if (error instanceof AmqpDecodeError) throw new ProtocolFault("amqp:decode-error", error.message);
    throw error;
  }
}
