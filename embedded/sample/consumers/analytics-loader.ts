import { readEvent } from "../traffic/cloud-event";
import type { Order } from "../traffic/order";
import { type Consumer, done } from "./consumer";
import { deadLetter } from "./failure";

const HOUR_MS = 3_600_000;

/** The warehouse was down in these hours before the sample began, and is back. */
export const OUTAGE_HOURS = { from: 78, to: 71 } as const;

/** Loads every event of an order into the data warehouse. */
export const analyticsLoader: Consumer = {
  name: "analytics-loader",
  entity: "order-events/Subscriptions/analytics",
  does: "Loads every order event into the data warehouse.",
  faults: [
    {
      reason: "MaxDeliveryCountExceeded",
      what: "The data warehouse was down for seven hours, three days ago.",
      cure: "replay, the outage is over",
    },
  ],
  fix: null,

  handle(delivery, around) {
    const event = readEvent<{ readonly order: Order }>(delivery.body);
    const hoursAgo = (around.epoch.getTime() - around.now.getTime()) / HOUR_MS;
    if (hoursAgo <= OUTAGE_HOURS.from && hoursAgo > OUTAGE_HOURS.to) {
      return { act: "abandon", afterMs: 2_000, because: `ECONNREFUSED warehouse.internal:8123 for event ${event.id}` };
    }
    return done();
  },

  onError: (error) =>
    deadLetter("node", error, {
      reason: "UnhandledError",
      frames: ["async loadEvent (/app/dist/load-event.js:14:17)"],
    }),
};
