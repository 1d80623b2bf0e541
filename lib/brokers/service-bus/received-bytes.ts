import type { ServiceBusReceivedMessage } from "@azure/service-bus";
import rhea from "rhea";
import { findSection, SECTION, splitSections } from "../../amqp/sections";
import { BrokerError } from "../broker";
import type { SdkLink } from "./sdk-internals";

/**
 * Keeps the bytes of every message that the client library decodes. The SDK decodes received and peeked messages with
 * `rhea.message.decode` and hands the decoded annotations on as `_rawAmqpMessage.messageAnnotations`, by reference as long
 * as it converts no dates: the bytes hang on them, under a key that nobody else sees. (A weak map of thousands would have to be
 * gone through at each collection.)
 */
const BYTES = Symbol("the bytes of the message");
type Annotations = Record<PropertyKey, unknown> & { [BYTES]?: Uint8Array };

type Decode = typeof rhea.message.decode;

let captured = false;

/** Wraps the decoder, once per process. */
export function captureReceivedBytes(): void {
  if (captured) return;
  captured = true;
  const decode: Decode = rhea.message.decode;
  rhea.message.decode = (buffer) => {
    const message = bytesAlone ? standIn() : decodeOrStandIn(decode, buffer);
    if (message.message_annotations) (message.message_annotations as Annotations)[BYTES] = buffer;
    return message;
  };
}

let bytesAlone = false;

/**
 * From now on the library gets a stand-in for each message of this link. Locked messages are read from their bytes, so that
 * decoding them twice would only cost time. Where the library has changed, it decodes them as before.
 */
export function takeBytesAlone(link: SdkLink): void {
  const session = link._session?._session;
  const onTransfer = session?.on_transfer;
  if (session === undefined || onTransfer === undefined) return;
  session.on_transfer = (frame) => {
    // Decoding is done within this call, or not at all.
    bytesAlone = true;
    try {
      onTransfer.call(session, frame);
    } finally {
      bytesAlone = false;
    }
  };
}

/** The bytes that a received or peeked message was decoded from. */
export function bytesOf(message: ServiceBusReceivedMessage): Uint8Array {
  const bytes = (message._rawAmqpMessage.messageAnnotations as Annotations | undefined)?.[BYTES];
  if (bytes === undefined) {
    throw new BrokerError(
      "unknown",
      "The client library handed on a message without the bytes it came as: see docs/service-bus.md.",
    );
  }
  return bytes;
}

/**
 * A message that rhea cannot decode would end the connection and, since it stays first in its queue, each one after it.
 * What this console needs of it is in its bytes, so the library gets an empty message in its place.
 */
function decodeOrStandIn(decode: Decode, buffer: Buffer): ReturnType<Decode> {
  try {
    return decode(buffer);
  } catch (error) {
    if (findSection(splitSections(buffer), SECTION.messageAnnotations) === null) throw error;
    return standIn();
  }
}

function standIn(): ReturnType<Decode> {
  return { message_annotations: {}, body: undefined, toJSON: () => ({}) };
}
