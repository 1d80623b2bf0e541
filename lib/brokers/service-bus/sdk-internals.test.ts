import { ServiceBusClient, type ServiceBusReceivedMessage } from "@azure/service-bus";
import { expect, it } from "vitest";
import { asReceived, batchingReceiver, deliveryOf, leaveUnread, type SdkBatchingReceiver } from "./sdk-internals";

it("leaves a message unread until it is settled alone, and makes it then with the token of its lock", () => {
  const client = new ServiceBusClient("Endpoint=sb://test.invalid;SharedAccessKeyName=none;SharedAccessKey=none");
  const receiver = client.createReceiver("orders");
  leaveUnread(receiver);
  const { _context, _createBatchingReceiver } = receiver as unknown as {
    _context: unknown;
    _createBatchingReceiver(context: unknown, path: string, options: object): SdkBatchingReceiver;
  };
  const batching = _createBatchingReceiver(_context, "orders", { receiveMode: "peekLock" });
  const delivery = { id: 7, accept: () => {}, tag: Buffer.from("33221100554477668899aabbccddeeff", "hex") };
  const annotations = { "x-opt-sequence-number": 1 };

  const unread = batching._batchingReceiverLite._createServiceBusMessage({
    message: { message_annotations: annotations },
    delivery,
  });

  expect(batchingReceiver(receiver)).toBeUndefined();
  expect(unread.lockToken).toBeUndefined();
  expect(deliveryOf(unread)).toBe(delivery);
  expect(unread._rawAmqpMessage.messageAnnotations).toBe(annotations);
  expect(asReceived(unread).lockToken).toBe("00112233-4455-6677-8899-aabbccddeeff");
  const theirs = { messageId: "theirs" } as ServiceBusReceivedMessage;
  expect(asReceived(theirs)).toBe(theirs);
});
