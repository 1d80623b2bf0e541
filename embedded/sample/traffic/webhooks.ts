import { createRequire } from "node:module";
import { NEWER_EVENTS } from "../consumers/webhook-indexer";
import { flag, int, long, type SampleMessage, text, time, uuid } from "./message";
import { hexOf, type Random, uuidOf } from "./random";

/** What sets a webhook apart. */
export type WebhookWish = "plain" | "cut-off" | "deleted-branch" | "without-sender" | "newer-event";

interface Example {
  readonly event: string;
  readonly action: string | null;
  readonly json: string;
}

type Repository = readonly [owner: string, name: string];

/** The relay's buffer; the one relay that has not been restarted since sends what fits. */
const RELAY_BUFFER_BYTES = 16_384;
const PLAIN_EVENTS = [
  "push",
  "issues",
  "issue_comment",
  "check_run",
  "release",
  "workflow_job",
  "star",
  "deployment_status",
];
const LONG_EVENTS = ["pull_request", "pull_request_review", "workflow_run"];
const REPOSITORIES: readonly [Repository, ...Repository[]] = [
  ["shop-platform", "storefront"],
  ["shop-platform", "payments"],
  ["shop-platform", "infra-live"],
  ["data-guild", "warehouse-models"],
  ["mobile", "shopper-app"],
];

/** GitHub's published example payloads by what they are good for. Reads 4 MB once. */
export function loadWebhookExamples(): ReadonlyMap<WebhookWish, readonly [Example, ...Example[]]> {
  const published = createRequire(import.meta.url)("@octokit/webhooks-examples") as readonly {
    readonly name: string;
    readonly examples: readonly Record<string, unknown>[];
  }[];
  const byWish = new Map<WebhookWish, [Example, ...Example[]]>();
  for (const { name, examples } of published) {
    for (const payload of examples) {
      const json = JSON.stringify(payload);
      const wish = wishOf(name, payload, json);
      if (wish === null) continue;
      const example = { event: name, action: typeof payload.action === "string" ? payload.action : null, json };
      const others = byWish.get(wish);
      if (others) others.push(example);
      else byWish.set(wish, [example]);
    }
  }
  return byWish;
}

/** A webhook as the relay puts it on the queue. `key` makes its delivery id, which is also the message id. */
export function webhookReceived(
  examples: ReturnType<typeof loadWebhookExamples>,
  key: string,
  wish: WebhookWish,
  random: Random,
  at: Date,
): SampleMessage {
  const candidates = examples.get(wish);
  if (!candidates) throw new Error(`no webhook example for "${wish}"`);
  const example = random.pick(candidates);
  const [owner, repository] = random.pick(REPOSITORIES);
  const whole = Buffer.from(example.json.replaceAll("Codertocat", owner).replaceAll("Hello-World", repository), "utf8");
  const body = wish === "cut-off" ? whole.subarray(0, RELAY_BUFFER_BYTES) : whole;
  const delivery = uuidOf(key, "delivery");
  return {
    to: "github-webhooks",
    messageId: delivery,
    subject: example.event,
    contentType: "application/json",
    correlationId: delivery,
    sessionId: null,
    timeToLive: null,
    properties: {
      "x-github-event": text(example.event),
      "x-github-delivery": text(delivery),
      "x-github-hook-id": long(BigInt(random.whole(300_000_000, 499_999_999))),
      "x-hub-signature-256": text(`sha256=${hexOf(64, key, "signature")}`),
      relay: text(
        wish === "cut-off" ? "webhook-relay-eu-2" : random.pick(["webhook-relay-eu-1", "webhook-relay-us-1"]),
      ),
      attempt: int(1),
      "content-length": int(whole.length),
      verified: flag(true),
      "received-at": time(at),
      "installation-guid": uuid(uuidOf("installation", owner)),
    },
    body,
  };
}

function wishOf(event: string, payload: Record<string, unknown>, json: string): WebhookWish | null {
  if (NEWER_EVENTS.some((newer) => newer === event)) return "newer-event";
  if (event === "push" && payload.head_commit === null) return "deleted-branch";
  if (event === "security_advisory") return "without-sender";
  if (LONG_EVENTS.includes(event)) return Buffer.byteLength(json) > RELAY_BUFFER_BYTES + 1_000 ? "cut-off" : null;
  return PLAIN_EVENTS.includes(event) ? "plain" : null;
}
