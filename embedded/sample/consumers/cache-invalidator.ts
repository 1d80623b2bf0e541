import { readEvent } from "../traffic/cloud-event";
import type { Order } from "../traffic/order";
import { type Consumer, done } from "./consumer";
import { deadLetter } from "./failure";

/** Drops articles from the storefront's cache. The one consumer here that does well. */
export const cacheInvalidator: Consumer = {
  name: "cache-invalidator",
  entity: "inventory-events/Subscriptions/storefront-cache",
  does: "Drops changed articles from the storefront's cache.",
  faults: [],
  fix: null,

  handle(delivery) {
    const { order } = readEvent<{ readonly order: Order }>(delivery.body).data;
    const keys = order.lines.map((line) => `article:${line.sku.text}`);
    if (keys.length === 0) throw new Error(`nothing to drop for order ${order.orderId.text}`);
    return done();
  },

  onError: (error) =>
    deadLetter("node", error, {
      reason: "UnhandledError",
      frames: ["dropArticles (/app/dist/cache.js:12:30)"],
    }),
};
