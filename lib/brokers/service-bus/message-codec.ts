import type { MessageCodec } from "../broker";
import { prepareCopy } from "./prepare-copy";
import { viewMessage } from "./view-message";

/** Azure Service Bus messages without a connection. */
export const serviceBusCodec: MessageCodec = { view: viewMessage, prepareCopy };
