import type { BrokerCapabilities } from "../broker";

/** What Azure Service Bus can do. */
export const SERVICE_BUS_CAPABILITIES: BrokerCapabilities = {
  address: "sequence-number",
  peek: true,
  lock: "in-order",
  duplicateDetection: true,
  sessions: true,
  subscriptionRules: true,
  scheduledDelivery: true,
  typedProperties: true,
};
