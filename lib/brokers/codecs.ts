import { BrokerError, type MessageCodec } from "./broker";
import { serviceBusCodec } from "./service-bus/message-codec";

/** The codec of a kind of broker. Pure: no client library is loaded, so that the web process can use it. */
export function codecFor(broker: string): MessageCodec {
  switch (broker) {
    case "service-bus":
      return serviceBusCodec;
    default:
      throw new BrokerError("not-supported", `No broker of kind "${broker}" is known.`);
  }
}
