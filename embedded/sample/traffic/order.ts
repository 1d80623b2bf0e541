import { type CloudEvent, causedEvent } from "./cloud-event";
import { ExactNumber } from "./exact-json";
import { double, flag, int, long, type PropertyValue, type SampleMessage, text, time, uuid } from "./message";
import { uuidOf } from "./random";

/** The order as the shop's services pass it on. Fields are typed as the services believe them to be. */
export interface Order {
  readonly orderId: ExactNumber;
  readonly tenant: string;
  readonly channel: "web" | "app" | "pos";
  readonly placedAt: string;
  readonly currency: string;
  /** Version 2; version 3 of the schema has an object here. */
  readonly total: ExactNumber;
  readonly express: boolean;
  readonly gift: boolean;
  readonly parcels: ExactNumber;
  readonly lines: readonly OrderLine[];
  readonly customer: Customer;
  readonly shipTo: Address;
  readonly payment: { readonly acquirer: string; readonly token: string };
}

export interface OrderLine {
  readonly sku: ExactNumber;
  readonly quantity: ExactNumber;
  readonly unitPrice: ExactNumber;
  readonly weightKg: ExactNumber;
}

export interface Customer {
  readonly id: ExactNumber;
  readonly name: string;
  readonly email?: string | null;
  readonly phone: string;
  readonly notify: "email" | "sms";
}

export interface Address {
  readonly line1: string;
  readonly line2: string | null;
  readonly city: string;
  readonly region: string;
  readonly postalCode: string;
  readonly country: string;
}

/** The typed application properties that every event of an order carries. */
export function orderProperties(order: Order, schemaVersion: number): Record<string, PropertyValue> {
  return {
    tenant: text(order.tenant),
    channel: text(order.channel),
    schemaVersion: int(schemaVersion),
    orderId: long(BigInt(order.orderId.text)),
    total: double(order.total.toNumber()),
    express: flag(order.express),
    placedAt: time(new Date(order.placedAt)),
    flowId: uuid(uuidOf("flow", order.orderId.text)),
  };
}

/** The next event of an order's flow. */
export function orderEvent(
  cause: CloudEvent<unknown>,
  order: Order,
  at: Date,
  event: {
    readonly to: string;
    readonly type: string;
    readonly source: string;
    readonly extra?: Record<string, unknown>;
    readonly sessionId?: string;
  },
): SampleMessage {
  return causedEvent(
    {
      to: event.to,
      type: event.type,
      source: event.source,
      subject: `orders/${order.orderId.text}`,
      schemaVersion: 2,
      data: { ...event.extra, order },
      ...(event.sessionId === undefined ? {} : { sessionId: event.sessionId }),
      properties: orderProperties(order, 2),
    },
    cause,
    at,
  );
}

export const exact = (value: string | number | bigint): ExactNumber => new ExactNumber(String(value));
