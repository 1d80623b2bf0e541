import { describe, expect, it } from "vitest";
import { asDelivery } from "../traffic/encode-message";
import { ExactNumber, type Json, readExactJson, writeJson } from "../traffic/exact-json";
import type { Delivery, SampleMessage } from "../traffic/message";
import { type OrderWishes, orderCreated } from "../traffic/orders";
import { createRandom } from "../traffic/random";
import { loadWebhookExamples, type WebhookWish, webhookReceived } from "../traffic/webhooks";
import { ALL_CONSUMERS } from "./all-consumers";
import { analyticsLoader } from "./analytics-loader";
import { cacheInvalidator } from "./cache-invalidator";
import { type Consumer, consume, type Verdict } from "./consumer";
import { fraudScorer } from "./fraud-scorer";
import { invoiceWriter } from "./invoice-writer";
import { notificationSender } from "./notification-sender";
import { orderIntake } from "./order-intake";
import { paymentCapture } from "./payment-capture";
import { shipmentPlanner } from "./shipment-planner";
import { stockKeeper } from "./stock-keeper";
import { webhookIndexer } from "./webhook-indexer";

const EPOCH = new Date("2026-03-02T10:00:00Z");
const examples = loadWebhookExamples();

function run(consumer: Consumer, delivery: Delivery, fixed: boolean, now = EPOCH): Verdict {
  return consume(consumer, delivery, { fixed, now, epoch: EPOCH });
}

function order(wishes: OrderWishes): SampleMessage {
  return orderCreated("test", wishes, createRandom(7), EPOCH);
}

/** What the message becomes further down the flow, through the consumers with their fixes. */
function later(first: SampleMessage, subject: string): SampleMessage {
  let wave = [first];
  for (const consumer of [orderIntake, paymentCapture, shipmentPlanner]) {
    const next = wave
      .filter((message) => message.to === consumer.entity)
      .flatMap((message) => {
        const verdict = run(consumer, asDelivery(message), true);
        return verdict.act === "complete" ? verdict.sends : [];
      });
    wave = [...wave, ...next];
  }
  const found = wave.find((message) => message.subject === subject);
  if (!found) throw new Error(`the flow never reached ${subject}`);
  return found;
}

function webhook(wish: WebhookWish): Delivery {
  return asDelivery(webhookReceived(examples, `test ${wish}`, wish, createRandom(3), EPOCH));
}

/** The delivery with the payload that an operator would have edited: `change` gets the parsed body. */
function edited(delivery: Delivery, change: (body: { data: Record<string, unknown> }) => void): Delivery {
  const body = readExactJson(delivery.body.toString("utf8")) as { data: Record<string, unknown> };
  change(body);
  return { ...delivery, body: Buffer.from(writeJson(body as unknown as Json), "utf8") };
}

interface Case {
  readonly title: string;
  readonly consumer: Consumer;
  readonly delivery: Delivery;
  readonly without: Partial<Verdict>;
  readonly description?: RegExp;
}

const from = (wishes: OrderWishes, subject: string) => asDelivery(later(order(wishes), subject));

const cases: readonly Case[] = [
  {
    title: "a till's order without an e-mail address",
    consumer: orderIntake,
    delivery: asDelivery(order({ channel: "pos", withoutEmail: true })),
    without: { act: "dead-letter", reason: "ValidationFailed" },
    description:
      /^FluentValidation\.ValidationException: [\s\S]*'Email' must not be empty[\s\S]*\n {3}at FluentValidation/,
  },
  {
    title: "an order of an unknown schema version",
    consumer: orderIntake,
    delivery: asDelivery(order({ tenant: "atelier", schemaVersion: 3 })),
    without: { act: "dead-letter", reason: "UnsupportedSchemaVersion" },
    description: /No reader for https:\/\/schemas\.shop\.example\/order\.created\/v3 \(event [0-9a-f-]{36}/,
  },
  {
    title: "an amount in a currency without cents",
    consumer: paymentCapture,
    delivery: from({ tenant: "kitsune" }, "payment.requested"),
    without: { act: "dead-letter", reason: "CURRENCY_SCALE_ERROR" },
    description: /^java\.lang\.ArithmeticException: Rounding necessary: \d+ JPY has scale 0, expected 2/,
  },
  {
    title: "an amount in a currency with three decimals",
    consumer: paymentCapture,
    delivery: from({ tenant: "souq" }, "payment.requested"),
    without: { act: "dead-letter", reason: "CURRENCY_SCALE_ERROR" },
  },
  {
    title: "a payment at the acquirer that moved",
    consumer: paymentCapture,
    delivery: from({ tenant: "northwind", acquirer: "nordbank" }, "payment.requested"),
    without: { act: "abandon" },
  },
  {
    title: "an address without a region",
    consumer: shipmentPlanner,
    delivery: from({ tenant: "merlion", withoutRegion: true }, "shipment.requested"),
    without: { act: "dead-letter", reason: "System.NullReferenceException" },
    description: /Object reference not set to an instance of an object[\s\S]*LabelFormatter\.cs:line 71/,
  },
  {
    title: "more labels than the lock lasts",
    consumer: shipmentPlanner,
    delivery: from({ tenant: "bluefin", parcels: 24 }, "shipment.requested"),
    without: { act: "outlast-lock" },
  },
  {
    title: "a text message to a British number",
    consumer: notificationSender,
    delivery: from({ tenant: "lumen", notify: "sms" }, "notification.requested"),
    without: { act: "abandon", afterMs: 20_000 },
  },
  {
    title: "a gift's template",
    consumer: notificationSender,
    delivery: from({ tenant: "puget", gift: true }, "notification.requested"),
    without: { act: "dead-letter", reason: "TemplateNotFound" },
  },
  {
    title: "an invoice for a country without a VAT rate",
    consumer: invoiceWriter,
    delivery: from({ tenant: "helvetia" }, "payment.captured"),
    without: { act: "dead-letter", reason: "VAT_RATE_MISSING" },
  },
  {
    title: "quantities written as decimals",
    consumer: fraudScorer,
    delivery: from({ tenant: "fjord", decimalQuantities: true, large: true }, "order.accepted"),
    without: { act: "dead-letter", reason: "System.Text.Json.JsonException" },
    description: /Path: \$\.data\.order\.lines\[0\]\.quantity \| LineNumber: 0 \| BytePositionInLine: \d+\./,
  },
  {
    title: "article numbers beyond 2^53",
    consumer: stockKeeper,
    delivery: from({ tenant: "puget", longSkus: true }, "stock.reserved"),
    without: { act: "dead-letter", reason: "SkuNotFound" },
  },
  {
    title: "a push that deletes a branch",
    consumer: webhookIndexer,
    delivery: webhook("deleted-branch"),
    without: { act: "dead-letter", reason: "UnhandledError" },
    description: /^TypeError: Cannot read properties of null \(reading 'timestamp'\)/,
  },
  {
    title: "an advisory without a sender",
    consumer: webhookIndexer,
    delivery: webhook("without-sender"),
    without: { act: "dead-letter", reason: "UnhandledError" },
    description: /^TypeError: Cannot read properties of undefined \(reading 'login'\)/,
  },
  {
    title: "an event without a handler",
    consumer: webhookIndexer,
    delivery: webhook("newer-event"),
    without: { act: "dead-letter", reason: "UnsupportedEvent" },
  },
];

describe("each bug of a consumer", () => {
  it.each(cases)("$title fails without the fix", ({ consumer, delivery, without, description }) => {
    const verdict = run(consumer, delivery, false);
    expect(verdict).toMatchObject(without);
    if (description) expect(verdict.act === "dead-letter" ? verdict.description : "").toMatch(description);
  });

  it.each(cases)("$title is consumed with the fix", ({ consumer, delivery }) => {
    expect(run(consumer, delivery, true).act).toBe("complete");
  });
});

describe("edited payloads", () => {
  it("a filled-in e-mail address is enough without the fix", () => {
    const mended = edited(asDelivery(order({ channel: "pos", withoutEmail: true })), ({ data }) => {
      (data.customer as Record<string, unknown>).email = "till@mail.example";
    });
    expect(run(orderIntake, mended, false).act).toBe("complete");
  });

  it("a filled-in region is enough without the fix", () => {
    const mended = edited(from({ tenant: "merlion", withoutRegion: true }, "shipment.requested"), ({ data }) => {
      (data.order as { shipTo: Record<string, unknown> }).shipTo.region = "Central";
    });
    expect(run(shipmentPlanner, mended, false).act).toBe("complete");
  });

  it("a cut-off body stays malformed with the fix, and is consumed once it is whole", () => {
    const cut = webhook("cut-off");
    expect(cut.body.length).toBe(16_384);
    expect(run(webhookIndexer, cut, true)).toMatchObject({ act: "dead-letter", reason: "MalformedPayload" });
    const whole = { ...cut, body: Buffer.from('{"action":"opened","sender":{"login":"octo"}}') };
    expect(run(webhookIndexer, whole, false).act).toBe("complete");
  });
});

describe("every consumer", () => {
  const bodies = [
    "",
    "{",
    "null",
    "[]",
    "42",
    '"text"',
    '{"data":null}',
    '{"data":{}}',
    '{"data":{"order":{}}}',
    "\u0000",
  ];
  const odd = ALL_CONSUMERS.flatMap((consumer) => bodies.map((body) => ({ consumer, body })));

  it.each(odd)("$consumer.name decides about $body as about any message", ({ consumer, body }) => {
    for (const fixed of [false, true]) {
      const delivery = { messageId: null, subject: null, body: Buffer.from(body), properties: {} };
      expect(["complete", "dead-letter"]).toContain(run(consumer, delivery, fixed).act);
    }
  });

  it("takes an ordinary order through the whole flow", () => {
    const first = order({});
    expect(run(orderIntake, asDelivery(first), false).act).toBe("complete");
    const ends: readonly (readonly [Consumer, string])[] = [
      [paymentCapture, "payment.requested"],
      [shipmentPlanner, "shipment.requested"],
      [notificationSender, "notification.requested"],
      [invoiceWriter, "payment.captured"],
      [analyticsLoader, "order.accepted"],
      [fraudScorer, "order.accepted"],
      [stockKeeper, "stock.reserved"],
      [cacheInvalidator, "stock.reserved"],
    ];
    for (const [consumer, subject] of ends) {
      expect([subject, run(consumer, asDelivery(later(first, subject)), false).act]).toEqual([subject, "complete"]);
    }
    expect(run(webhookIndexer, webhook("plain"), false).act).toBe("complete");
  });

  it("sends the same next messages when a message is processed again", () => {
    const ids = () => {
      const verdict = run(orderIntake, asDelivery(order({})), false);
      return verdict.act === "complete" ? verdict.sends.map((message) => message.messageId) : [];
    };
    expect(ids()).toHaveLength(2);
    expect(ids()).toEqual(ids());
  });
});

describe("the analytics outage", () => {
  it("is over: what failed in its hours is consumed today", () => {
    const delivery = from({}, "order.accepted");
    const during = new Date(EPOCH.getTime() - 75 * 3_600_000);
    expect(run(analyticsLoader, delivery, false, during).act).toBe("abandon");
    expect(run(analyticsLoader, delivery, false, EPOCH).act).toBe("complete");
  });
});

describe("exact JSON", () => {
  it("keeps decimals and 64-bit ids through reading and writing", () => {
    const text = '{"a":1.0,"id":7300000000000000001,"e":-1.50E+3,"s":"1.0, \\"2.50\\"","n":[0,null,true]}';
    expect(writeJson(readExactJson(text) as Json)).toBe(text);
    expect((readExactJson("[1.0]") as unknown[])[0]).toEqual(new ExactNumber("1.0"));
  });

  it("refuses what JSON refuses", () => {
    for (const text of ["", "{", "01", "1.", "[1,]", "{'a':1}"]) expect(() => readExactJson(text)).toThrow(SyntaxError);
  });
});
