import { readEvent } from "../traffic/cloud-event";
import { type Order, orderEvent } from "../traffic/order";
import { type Consumer, done } from "./consumer";
import { deadLetter, Failure } from "./failure";

const SOURCE = "/services/payment-capture";
const HOUR_MS = 3_600_000;

/** The acquirer moved its interface this long before the sample began. */
export const NORDBANK_MOVED_HOURS = 40;

const DECIMALS: Readonly<Record<string, number>> = { JPY: 0, KRW: 0, KWD: 3, BHD: 3 };

/** Captures payments at the acquirer and hands the order on to shipping. */
export const paymentCapture: Consumer = {
  name: "payment-capture",
  entity: "payments",
  does: "Captures payments at the acquirer and asks for the shipment.",
  faults: [
    {
      reason: "CURRENCY_SCALE_ERROR",
      what: "Amounts are taken to have two decimals; the yen has none and the Kuwaiti dinar three.",
      cure: "deploy the fix",
    },
    {
      reason: "MaxDeliveryCountExceeded",
      what: "Nordbank moved its interface to a new host; calls to the old one time out and are tried again until the broker gives up.",
      cure: "deploy the fix",
    },
  ],
  fix: "Looks up the decimals of each currency, and calls Nordbank's new host.",

  handle(delivery, around) {
    const event = readEvent<{ readonly order: Order }>(delivery.body);
    const { order } = event.data;
    const minorUnits = toMinorUnits(order, around.fixed ? (DECIMALS[order.currency] ?? 2) : 2);
    const moved = around.now.getTime() >= around.epoch.getTime() - NORDBANK_MOVED_HOURS * HOUR_MS;
    if (order.payment.acquirer === "nordbank" && moved && !around.fixed) {
      return {
        act: "abandon",
        afterMs: 1_500,
        because: `java.net.SocketTimeoutException: connect timed out: pay.nordbank.example:443 (order ${order.orderId.text})`,
      };
    }
    const extra = { capture: { acquirer: order.payment.acquirer, minorUnits, capturedAt: around.now.toISOString() } };
    return done(
      orderEvent(event, order, around.now, { to: "shipments", type: "shipment.requested", source: SOURCE }),
      orderEvent(event, order, around.now, { to: "order-events", type: "payment.captured", source: SOURCE, extra }),
    );
  },

  onError: (error) =>
    deadLetter("java", error, {
      reason: "UNEXPECTED_ERROR",
      frames: ["com.example.shop.payment.CaptureListener.onMessage(CaptureListener.java:52)"],
    }),
};

/** "128.50" with two decimals is 12850. */
function toMinorUnits(order: Order, decimals: number): bigint {
  const [units = "", fraction = ""] = order.total.text.split(".");
  if (fraction.length !== decimals) {
    throw new Failure(
      "CURRENCY_SCALE_ERROR",
      "java.lang.ArithmeticException",
      `Rounding necessary: ${order.total.text} ${order.currency} has scale ${fraction.length}, expected ${decimals} (order ${order.orderId.text}, merchant ${order.tenant})`,
      [
        "java.base/java.math.BigDecimal.setScale(BigDecimal.java:3007)",
        "com.example.shop.payment.Money.minorUnits(Money.java:41)",
        "com.example.shop.payment.CaptureListener.onMessage(CaptureListener.java:63)",
      ],
    );
  }
  return BigInt(units + fraction);
}
