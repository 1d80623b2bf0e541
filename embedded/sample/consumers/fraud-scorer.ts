import { readEvent } from "../traffic/cloud-event";
import type { Order } from "../traffic/order";
import { type Consumer, done } from "./consumer";
import { deadLetter, Failure } from "./failure";

/** Scores large orders for fraud. Its reader takes quantities for integers and is strict about how they are written. */
export const fraudScorer: Consumer = {
  name: "fraud-scorer",
  entity: "order-events/Subscriptions/fraud-check",
  does: "Scores large orders for fraud.",
  faults: [
    {
      reason: "System.Text.Json.JsonException",
      what: "One tenant's shop writes quantities as decimals (1.0), which the strict reader does not take for an integer.",
      cure: "deploy the fix",
    },
  ],
  fix: "Reads quantities as decimals.",

  handle(delivery, around) {
    const { order } = readEvent<{ readonly order: Order }>(delivery.body).data;
    const index = order.lines.findIndex((line) => !/^-?\d+$/.test(line.quantity.text));
    if (index >= 0 && !around.fixed) {
      const byte = delivery.body.indexOf(`"quantity":${order.lines[index]?.quantity.text}`) + '"quantity":'.length;
      throw new Failure(
        "System.Text.Json.JsonException",
        "System.Text.Json.JsonException",
        `The JSON value could not be converted to System.Int32. Path: $.data.order.lines[${index}].quantity | LineNumber: 0 | BytePositionInLine: ${byte}.`,
        [
          "System.Text.Json.ThrowHelper.ReThrowWithPath(ReadStack& state, Utf8JsonReader& reader, Exception ex)",
          "Shop.Fraud.OrderAcceptedFunction.Run(ServiceBusReceivedMessage message) in /src/Shop.Fraud/OrderAcceptedFunction.cs:line 28",
        ],
      );
    }
    return done();
  },

  onError: (error) =>
    deadLetter(".net", error, {
      reason: "UnhandledException",
      frames: [
        "Shop.Fraud.OrderAcceptedFunction.Run(ServiceBusReceivedMessage message) in /src/Shop.Fraud/OrderAcceptedFunction.cs:line 26",
      ],
    }),
};
