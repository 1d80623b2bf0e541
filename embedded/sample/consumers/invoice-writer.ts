import { readEvent } from "../traffic/cloud-event";
import type { Order } from "../traffic/order";
import { type Consumer, done } from "./consumer";
import { deadLetter, Failure } from "./failure";

const VAT_RATES: Readonly<Record<string, string>> = {
  DE: "0.19",
  FR: "0.20",
  ES: "0.21",
  GB: "0.20",
  NO: "0.25",
  US: "0.00",
  JP: "0.10",
  KW: "0.00",
  SG: "0.09",
};

/** Writes the invoice of every captured payment. */
export const invoiceWriter: Consumer = {
  name: "invoice-writer",
  entity: "order-events/Subscriptions/billing",
  does: "Writes an invoice for every captured payment.",
  faults: [
    {
      reason: "VAT_RATE_MISSING",
      what: "A tenant has begun to sell to Switzerland; the table of VAT rates has no entry for it.",
      cure: "deploy the fix",
    },
  ],
  fix: "Adds the Swiss VAT rate.",

  handle(delivery, around) {
    const { order } = readEvent<{ readonly order: Order }>(delivery.body).data;
    const rates = around.fixed ? { ...VAT_RATES, CH: "0.081" } : VAT_RATES;
    const { country } = order.shipTo;
    if (rates[country] === undefined) {
      throw new Failure(
        "VAT_RATE_MISSING",
        "java.lang.IllegalStateException",
        `No VAT rate for country ${country} on ${order.placedAt.slice(0, 10)} (order ${order.orderId.text}, tenant ${order.tenant})`,
        [
          "com.example.shop.billing.VatTable.rateFor(VatTable.java:88)",
          "com.example.shop.billing.InvoiceWriter.write(InvoiceWriter.java:54)",
          "com.example.shop.billing.PaymentCapturedListener.onMessage(PaymentCapturedListener.java:29)",
        ],
      );
    }
    return done();
  },

  onError: (error) =>
    deadLetter("java", error, {
      reason: "UNEXPECTED_ERROR",
      frames: ["com.example.shop.billing.PaymentCapturedListener.onMessage(PaymentCapturedListener.java:24)"],
    }),
};
