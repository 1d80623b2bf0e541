import { OUTAGE_HOURS } from "../consumers/analytics-loader";
import { NORDBANK_MOVED_HOURS } from "../consumers/payment-capture";
import { type AgePattern, burstThenSteady, growing, steady, within } from "./ages";
import type { OrderWishes } from "./orders";
import type { WebhookWish } from "./webhooks";

/** A way for a message to fail, with how often it happened before the sample began. */
export interface Scenario {
  readonly name: string;
  readonly sends: { readonly order: OrderWishes } | { readonly webhook: WebhookWish };
  /** Where its dead letters end up, and under which reason. */
  readonly entity: string;
  readonly reason: string;
  /** Flows to seed at full scale. */
  readonly count: number;
  readonly ages: AgePattern;
  /** Whether new ones keep coming in the live traffic. */
  readonly live: boolean;
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "till-without-email",
    sends: { order: { channel: "pos", withoutEmail: true } },
    entity: "orders",
    reason: "ValidationFailed",
    count: 610,
    ages: steady(220),
    live: true,
  },
  {
    name: "checkout-version-3",
    sends: { order: { tenant: "atelier", schemaVersion: 3 } },
    entity: "orders",
    reason: "UnsupportedSchemaVersion",
    count: 430,
    ages: growing(26),
    live: true,
  },
  {
    name: "yen-has-no-cents",
    sends: { order: { tenant: "kitsune" } },
    entity: "payments",
    reason: "CURRENCY_SCALE_ERROR",
    count: 400,
    ages: steady(150),
    live: true,
  },
  {
    name: "dinar-has-fils",
    sends: { order: { tenant: "souq" } },
    entity: "payments",
    reason: "CURRENCY_SCALE_ERROR",
    count: 60,
    ages: steady(60),
    live: false,
  },
  {
    name: "nordbank-unreachable",
    sends: { order: { tenant: "northwind", acquirer: "nordbank" } },
    entity: "payments",
    reason: "MaxDeliveryCountExceeded",
    count: 900,
    ages: burstThenSteady(NORDBANK_MOVED_HOURS - 1, 6, 0.6),
    live: true,
  },
  {
    name: "address-without-region",
    sends: { order: { tenant: "merlion", withoutRegion: true } },
    entity: "shipments",
    reason: "System.NullReferenceException",
    count: 340,
    ages: steady(84),
    live: true,
  },
  {
    name: "wholesale-labels",
    sends: { order: { tenant: "bluefin", parcels: 24 } },
    entity: "shipments",
    reason: "MaxDeliveryCountExceeded",
    count: 130,
    ages: steady(195),
    live: true,
  },
  {
    name: "british-text-messages",
    sends: { order: { tenant: "lumen", notify: "sms" } },
    entity: "notifications",
    reason: "TTLExpiredException",
    count: 480,
    ages: burstThenSteady(30, 3, 0.35),
    live: true,
  },
  {
    name: "gift-template",
    sends: { order: { tenant: "puget", gift: true } },
    entity: "notifications",
    reason: "TemplateNotFound",
    count: 210,
    ages: growing(18),
    live: true,
  },
  {
    name: "swiss-vat",
    sends: { order: { tenant: "helvetia" } },
    entity: "order-events/Subscriptions/billing",
    reason: "VAT_RATE_MISSING",
    count: 190,
    ages: steady(120),
    live: true,
  },
  {
    name: "decimal-quantities",
    sends: { order: { tenant: "fjord", decimalQuantities: true, large: true } },
    entity: "order-events/Subscriptions/fraud-check",
    reason: "System.Text.Json.JsonException",
    count: 130,
    ages: steady(96),
    live: true,
  },
  {
    name: "long-article-numbers",
    sends: { order: { tenant: "puget", longSkus: true } },
    entity: "inventory-events/Subscriptions/warehouse",
    reason: "SkuNotFound",
    count: 270,
    ages: growing(53),
    live: true,
  },
  {
    name: "warehouse-outage",
    sends: { order: {} },
    entity: "order-events/Subscriptions/analytics",
    reason: "MaxDeliveryCountExceeded",
    count: 210,
    ages: within(OUTAGE_HOURS.from - 0.2, OUTAGE_HOURS.to + 0.2),
    live: false,
  },
  {
    name: "relay-cuts-bodies",
    sends: { webhook: "cut-off" },
    entity: "github-webhooks",
    reason: "MalformedPayload",
    count: 380,
    ages: steady(122),
    live: true,
  },
  {
    name: "branch-deleted",
    sends: { webhook: "deleted-branch" },
    entity: "github-webhooks",
    reason: "UnhandledError",
    count: 360,
    ages: steady(215),
    live: true,
  },
  {
    name: "advisory-without-sender",
    sends: { webhook: "without-sender" },
    entity: "github-webhooks",
    reason: "UnhandledError",
    count: 60,
    ages: within(50, 44),
    live: false,
  },
  {
    name: "newer-webhooks",
    sends: { webhook: "newer-event" },
    entity: "github-webhooks",
    reason: "UnsupportedEvent",
    count: 240,
    ages: steady(170),
    live: true,
  },
];
