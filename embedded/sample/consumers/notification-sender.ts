import { readEvent } from "../traffic/cloud-event";
import type { Order } from "../traffic/order";
import { type Consumer, done } from "./consumer";
import { deadLetter, Failure } from "./failure";

interface Notification {
  readonly template: string;
  readonly channel: "email" | "sms";
  readonly order: Order;
}

const TEMPLATES = new Set(["order_shipped", "order_delayed", "refund_issued"]);
const RETRY_AFTER_MS = 20_000;

/** Sends e-mails and text messages. What cannot be sent within the queue's time to live is of no use any more. */
export const notificationSender: Consumer = {
  name: "notification-sender",
  entity: "notifications",
  does: "Sends e-mails and text messages to customers.",
  faults: [
    {
      reason: "TTLExpiredException",
      what: "The text-message gateway answers 429 for British numbers until the sender name is registered; messages wait until they expire.",
      cure: "deploy the fix",
    },
    {
      reason: "TemplateNotFound",
      what: "Gift orders ask for a template that was never published.",
      cure: "deploy the fix",
    },
  ],
  fix: "Sends with the registered sender name, and brings the gift template.",

  handle(delivery, around) {
    const { id, data } = readEvent<Notification>(delivery.body);
    const templates = around.fixed ? new Set([...TEMPLATES, "order_shipped_gift"]) : TEMPLATES;
    if (!templates.has(data.template)) {
      throw new Failure(
        "TemplateNotFound",
        "TemplateNotFoundError",
        `template "${data.template}" is not in the published set (${TEMPLATES.size} templates, locale ${data.order.shipTo.country}), notification ${id}`,
        ["resolveTemplate (/app/dist/templates/resolve.js:48:11)", "async send (/app/dist/send-notification.js:22:20)"],
      );
    }
    if (data.channel === "sms" && data.order.customer.phone.startsWith("+44") && !around.fixed) {
      return {
        act: "abandon",
        afterMs: RETRY_AFTER_MS,
        because: `429 Too Many Requests from the gateway, notification ${id}`,
      };
    }
    return done();
  },

  onError: (error) =>
    deadLetter("node", error, {
      reason: "UnhandledError",
      frames: ["async send (/app/dist/send-notification.js:19:18)", "async onMessage (/app/dist/worker.js:31:5)"],
    }),
};
