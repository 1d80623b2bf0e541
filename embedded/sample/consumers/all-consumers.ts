import { analyticsLoader } from "./analytics-loader";
import { cacheInvalidator } from "./cache-invalidator";
import type { Consumer } from "./consumer";
import { fraudScorer } from "./fraud-scorer";
import { invoiceWriter } from "./invoice-writer";
import { notificationSender } from "./notification-sender";
import { orderIntake } from "./order-intake";
import { paymentCapture } from "./payment-capture";
import { shipmentPlanner } from "./shipment-planner";
import { stockKeeper } from "./stock-keeper";
import { webhookIndexer } from "./webhook-indexer";

/** Every queue and subscription of config.json has one. */
export const ALL_CONSUMERS: readonly Consumer[] = [
  webhookIndexer,
  orderIntake,
  paymentCapture,
  shipmentPlanner,
  notificationSender,
  invoiceWriter,
  analyticsLoader,
  fraudScorer,
  stockKeeper,
  cacheInvalidator,
];
