import { withCheckDigit } from "../consumers/stock-keeper";
import { firstEvent } from "./cloud-event";
import type { SampleMessage } from "./message";
import { exact, type Order, type OrderLine, orderProperties } from "./order";
import { hexOf, type Random } from "./random";
import { HEALTHY_TENANTS, TENANTS, type Tenant, type TenantKey } from "./tenants";

/** What sets an order apart; what is not named is as in an order that nothing fails on. */
export interface OrderWishes {
  readonly tenant?: TenantKey;
  readonly channel?: Order["channel"];
  readonly withoutEmail?: boolean;
  readonly notify?: "email" | "sms";
  readonly schemaVersion?: 2 | 3;
  readonly acquirer?: string;
  readonly withoutRegion?: boolean;
  readonly parcels?: number;
  readonly gift?: boolean;
  /** Quantities written as 1.0. */
  readonly decimalQuantities?: boolean;
  readonly longSkus?: boolean;
  readonly large?: boolean;
}

const DECIMALS: Readonly<Record<string, number>> = { JPY: 0, KWD: 3 };

/** A new order as a shop sends it: the first message of a flow. `key` makes its ids. */
export function orderCreated(key: string, wishes: OrderWishes, random: Random, at: Date): SampleMessage {
  const tenant: Tenant = TENANTS[wishes.tenant ?? random.pick(HEALTHY_TENANTS)];
  const version = wishes.schemaVersion ?? 2;
  const order = newOrder(key, tenant, wishes, random, at);
  const till = `/tills/${tenant.name}/${random.whole(1, 40)}`;
  const data = version === 2 ? order : { ...order, total: { amount: order.total.text, currency: order.currency } };
  return firstEvent(
    {
      to: "orders",
      type: "order.created",
      source: order.channel === "pos" ? till : `/shops/${tenant.name}/checkout`,
      subject: `orders/${order.orderId.text}`,
      schemaVersion: version,
      data,
      properties: orderProperties(order, version),
    },
    key,
    at,
  );
}

function newOrder(key: string, tenant: Tenant, wishes: OrderWishes, random: Random, at: Date): Order {
  const place = random.pick(tenant.places);
  const name = random.pick(tenant.people);
  const customerId = random.whole(100_000_000, 999_999_999);
  const lines = newLines(tenant, wishes, random);
  const email = wishes.withoutEmail ? {} : { email: `customer-${customerId}@mail.example` };
  return {
    orderId: exact(orderId(key)),
    tenant: tenant.name,
    channel: wishes.channel ?? random.pick(["web", "web", "app"]),
    placedAt: new Date(at.getTime() - random.whole(200, 4_000)).toISOString(),
    currency: tenant.currency,
    total: exact(totalOf(lines, tenant)),
    express: random.chance(0.2),
    gift: wishes.gift ?? false,
    parcels: exact(wishes.parcels ?? random.whole(1, 3)),
    lines,
    customer: {
      id: exact(customerId),
      name,
      ...email,
      phone: `${tenant.phonePrefix}${random.whole(200_000_000, 999_999_999)}`,
      notify: wishes.notify ?? "email",
    },
    shipTo: {
      line1: `${place.street} ${random.whole(1, 180)}`,
      line2: random.chance(0.3) ? `Apt ${random.whole(1, 60)}` : null,
      city: place.city,
      region: wishes.withoutRegion ? (null as unknown as string) : place.region,
      postalCode: place.postalCode,
      country: tenant.country,
    },
    payment: {
      acquirer: wishes.acquirer ?? random.pick(["adelpay", "cardano-acquiring", "oceanic"]),
      token: `tok_${hexOf(24, key, "token")}`,
    },
  };
}

/** A 63-bit id, beyond what a double holds, as databases that shard by time hand them out. */
function orderId(key: string): bigint {
  return (BigInt(`0x${hexOf(15, key, "order")}`) % 900_000_000_000_000_000n) + 7_300_000_000_000_000_000n;
}

function newLines(tenant: Tenant, wishes: OrderWishes, random: Random): OrderLine[] {
  const count = random.whole(1, 3);
  return Array.from({ length: count }, (_, index) => {
    const article = wishes.longSkus
      ? 410_000_000_000_000_000n + BigInt(random.whole(1, 900_000_000)) * 1_000_003n
      : BigInt(random.whole(1_000_000, 9_999_999));
    const large = (wishes.large ?? false) && index === 0;
    const quantity = random.whole(1, 3);
    return {
      sku: exact(withCheckDigit(article)),
      quantity: exact(wishes.decimalQuantities ? `${quantity}.0` : quantity),
      unitPrice: exact(price(tenant, large ? random.whole(60_000, 240_000) : random.whole(450, 14_000))),
      weightKg: exact(random.pick(["1.0", "0.35", "2.50", "12.0", "0.8"])),
    };
  });
}

/** A price of `cents` hundredths in the decimals that the currency is written with. */
function price(tenant: Tenant, cents: number): string {
  const decimals = DECIMALS[tenant.currency] ?? 2;
  return decimals === 0 ? String(cents) : (cents / 100).toFixed(decimals);
}

function totalOf(lines: readonly OrderLine[], tenant: Tenant): string {
  const decimals = DECIMALS[tenant.currency] ?? 2;
  const total = lines.reduce((sum, line) => sum + line.unitPrice.toNumber() * line.quantity.toNumber(), 0);
  return total.toFixed(decimals);
}
