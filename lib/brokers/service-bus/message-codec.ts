import { SECTION, splitSections } from "../../amqp/sections";
import type { MessageCodec } from "../broker";
import { SERVICE_BUS_CAPABILITIES } from "./capabilities";
import { decoding } from "./message-parts";
import { prepareCopy } from "./prepare-copy";
import { compileFilter, routeCondition } from "./rule-match";
import { viewMessage } from "./view-message";

/** Azure Service Bus messages without a connection. */
export const serviceBusCodec: MessageCodec = {
  capabilities: SERVICE_BUS_CAPABILITIES,
  view: viewMessage,
  prepareCopy,
  headerBytes,
  compileFilter,
  routeCondition,
};

function headerBytes(encoded: Uint8Array): number {
  const before = decoding(() => splitSections(encoded)).filter((section) => section.code < SECTION.data);
  return before.at(-1)?.end ?? 0;
}
