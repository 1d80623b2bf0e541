import { readEvent } from "../traffic/cloud-event";
import { type Address, type Order, orderEvent } from "../traffic/order";
import { type Consumer, done } from "./consumer";
import { deadLetter, Failure } from "./failure";

const SOURCE = "/services/shipment-planner";
const SECONDS_PER_LABEL = 2;
const LOCK_SECONDS = 30;
const SHELVES = 24n;

/** Prints labels, reserves stock and lets the customer know. */
export const shipmentPlanner: Consumer = {
  name: "shipment-planner",
  entity: "shipments",
  does: "Prints labels, reserves the stock and has the customer told.",
  faults: [
    {
      reason: "System.NullReferenceException",
      what: "City states have no region; the label formatter does not expect a null.",
      cure: "deploy the fix",
    },
    {
      reason: "MaxDeliveryCountExceeded",
      what: "Labels are rendered one after the other; a wholesale order takes longer than the message's lock, which is then lost.",
      cure: "deploy the fix",
    },
  ],
  fix: "Prints addresses without a region, and renders labels side by side.",

  handle(delivery, around) {
    const event = readEvent<{ readonly order: Order }>(delivery.body);
    const { order } = event.data;
    const label = formatLabel(order.shipTo, order.orderId.text, around.fixed);
    const renderSeconds = around.fixed ? SECONDS_PER_LABEL : SECONDS_PER_LABEL * order.parcels.toNumber();
    if (renderSeconds > LOCK_SECONDS) {
      return {
        act: "outlast-lock",
        because: `${order.parcels.text} labels take ${renderSeconds} s, the lock ${LOCK_SECONDS} s`,
      };
    }
    const template = order.gift ? "order_shipped_gift" : "order_shipped";
    return done(
      orderEvent(event, order, around.now, {
        to: "notifications",
        type: "notification.requested",
        source: SOURCE,
        extra: { template, channel: order.customer.notify },
      }),
      orderEvent(event, order, around.now, {
        to: "inventory-events",
        type: "stock.reserved",
        source: SOURCE,
        sessionId: shelfOf(order),
        extra: { label, warehouse: `${order.shipTo.country}-1` },
      }),
    );
  },

  onError: (error) =>
    deadLetter(".net", error, {
      reason: "UnhandledException",
      frames: [
        "Shop.Shipping.ShipmentRequestedHandler.HandleAsync(ProcessMessageEventArgs args) in /src/Shop.Shipping/ShipmentRequestedHandler.cs:line 45",
      ],
    }),
};

/** The shelf of the first article: bookings of one shelf are to be made in order. */
function shelfOf(order: Order): string {
  const [line] = order.lines;
  return `shelf-${line === undefined ? 0 : BigInt(line.sku.text) % SHELVES}`;
}

function formatLabel(address: Address, orderId: string, fixed: boolean): string[] {
  const region: string | null = address.region;
  if (region === null && !fixed) {
    throw new Failure(
      "System.NullReferenceException",
      "System.NullReferenceException",
      `Object reference not set to an instance of an object. Order ${orderId}`,
      [
        "Shop.Shipping.Labels.LabelFormatter.RegionLine(Address address) in /src/Shop.Shipping/Labels/LabelFormatter.cs:line 71",
        "Shop.Shipping.Labels.LabelFormatter.Format(Address address) in /src/Shop.Shipping/Labels/LabelFormatter.cs:line 33",
        "Shop.Shipping.ShipmentRequestedHandler.HandleAsync(ProcessMessageEventArgs args) in /src/Shop.Shipping/ShipmentRequestedHandler.cs:line 52",
      ],
    );
  }
  const lines = [
    address.line1,
    address.line2,
    `${address.postalCode} ${address.city}`,
    region?.toUpperCase(),
    address.country,
  ];
  return lines.filter((line): line is string => Boolean(line));
}
