import { readEvent } from "../traffic/cloud-event";
import type { Order } from "../traffic/order";
import { type Consumer, done } from "./consumer";
import { deadLetter, Failure } from "./failure";

interface Reservation {
  readonly order: { readonly orderId: string | number; readonly lines: readonly { readonly sku: string | number }[] };
}

/** Books reserved stock out of the shelves. Written for article numbers that a double can hold. */
export const stockKeeper: Consumer = {
  name: "stock-keeper",
  entity: "inventory-events/Subscriptions/warehouse",
  does: "Books reserved stock out of the shelves.",
  faults: [
    {
      reason: "SkuNotFound",
      what: "Article numbers of the new catalogue pass 2^53; read as JavaScript numbers they end in another digit and are not found.",
      cure: "deploy the fix",
    },
  ],
  fix: "Reads article numbers as text.",

  handle(delivery, around) {
    const read = around.fixed ? readExactly(delivery.body) : readAsNumbers(delivery.body);
    for (const sku of read.skus) {
      if (!inCatalogue(sku)) {
        throw new Failure(
          "SkuNotFound",
          "SkuNotFoundError",
          `SKU ${sku} is not in the catalogue (order ${read.orderId})`,
          [
            "lookUp (/app/dist/catalogue.js:37:9)",
            "bookOut (/app/dist/stock.js:61:19)",
            "async onMessage (/app/dist/worker.js:26:5)",
          ],
        );
      }
    }
    return done();
  },

  onError: (error) =>
    deadLetter("node", error, {
      reason: "UnhandledError",
      frames: ["bookOut (/app/dist/stock.js:58:24)", "async onMessage (/app/dist/worker.js:26:5)"],
    }),
};

/** Every article number ends in a check digit, the rest modulo 9 plus 1, so that a changed digit is noticed. */
export function withCheckDigit(article: bigint): bigint {
  return article * 10n + (article % 9n) + 1n;
}

function inCatalogue(sku: string): boolean {
  return /^\d+$/.test(sku) && withCheckDigit(BigInt(sku) / 10n) === BigInt(sku);
}

function readAsNumbers(body: Buffer): { orderId: string; skus: string[] } {
  const { order } = (JSON.parse(body.toString("utf8")) as { data: Reservation }).data;
  return { orderId: String(order.orderId), skus: order.lines.map((line) => String(line.sku)) };
}

function readExactly(body: Buffer): { orderId: string; skus: string[] } {
  const { order } = readEvent<{ readonly order: Order }>(body).data;
  return { orderId: order.orderId.text, skus: order.lines.map((line) => line.sku.text) };
}
