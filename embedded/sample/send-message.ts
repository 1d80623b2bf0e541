import type { ServiceBusClient, ServiceBusSender } from "@azure/service-bus";
import { toServiceBusMessage } from "./traffic/encode-message";
import type { SampleMessage } from "./traffic/message";

export type SendMessage = (message: SampleMessage) => Promise<void>;

/** Sends to whatever entity a message is for, with one sender for each. */
export function createSend(client: ServiceBusClient): SendMessage {
  const senders = new Map<string, ServiceBusSender>();
  return async (message) => {
    let sender = senders.get(message.to);
    if (!sender) {
      sender = client.createSender(message.to);
      senders.set(message.to, sender);
    }
    await sender.sendMessages(toServiceBusMessage(message));
  };
}
