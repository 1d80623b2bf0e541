import { type Consumer, done } from "./consumer";
import { deadLetter, Failure } from "./failure";

/** The parts of GitHub's events that the index is made of. */
interface WebhookEvent {
  readonly action?: string;
  readonly ref?: string;
  readonly head_commit: { readonly id: string; readonly timestamp: string };
  readonly repository?: { readonly full_name: string };
  readonly sender: { readonly login: string };
}

const KNOWN_EVENTS = new Set(
  "push pull_request pull_request_review issues issue_comment check_run check_suite workflow_run workflow_job release deployment deployment_status create delete fork star watch security_advisory status".split(
    " ",
  ),
);

/** Events that the fix brings handlers for. */
export const NEWER_EVENTS = ["merge_group", "dependabot_alert", "projects_v2_item", "code_scanning_alert"] as const;

/** Indexes GitHub's webhooks for the engineering dashboard. */
export const webhookIndexer: Consumer = {
  name: "webhook-indexer",
  entity: "github-webhooks",
  does: "Indexes GitHub's webhooks for the engineering dashboard.",
  faults: [
    {
      reason: "MalformedPayload",
      what: "One relay cuts bodies at 16,384 bytes; what is missing cannot be brought back by a deployment.",
      cure: "edit the payload",
    },
    {
      reason: "UnhandledError",
      what: "A push that deletes a branch has no head commit, and a security advisory no sender.",
      cure: "deploy the fix",
    },
    { reason: "UnsupportedEvent", what: "Events that nobody wrote a handler for.", cure: "deploy the fix" },
  ],
  fix: "Handles deleted branches, events without a sender, and the newer events.",

  handle(delivery, around) {
    const event = parse(delivery.body);
    const name = String(delivery.properties["x-github-event"]);
    const known = KNOWN_EVENTS.has(name) || (around.fixed && NEWER_EVENTS.some((newer) => newer === name));
    if (!known) {
      const id = String(delivery.properties["x-github-delivery"]);
      throw new Failure(
        "UnsupportedEvent",
        "UnsupportedEventError",
        `no handler for ${name}${event.action ? `.${event.action}` : ""}, delivery ${id}`,
        ["route (/app/dist/router.js:54:11)", "async onMessage (/app/dist/worker.js:40:5)"],
      );
    }
    if (around.fixed) indexCarefully(event);
    else index(name, event);
    return done();
  },

  onError: (error) =>
    deadLetter("node", error, {
      reason: "UnhandledError",
      frames: ["indexEvent (/app/dist/index-event.js:31:29)", "async onMessage (/app/dist/worker.js:42:5)"],
    }),
};

function parse(body: Buffer): WebhookEvent {
  try {
    return JSON.parse(body.toString("utf8")) as WebhookEvent;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Failure("MalformedPayload", "SyntaxError", `${message} (${body.length} bytes)`, [
      "JSON.parse (<anonymous>)",
      "parse (/app/dist/parse.js:9:15)",
    ]);
  }
}

function index(name: string, event: WebhookEvent): string[] {
  const actor = event.sender.login;
  if (name !== "push") return [name, actor, event.repository?.full_name ?? ""];
  return [name, actor, event.head_commit.timestamp, event.head_commit.id];
}

function indexCarefully(event: WebhookEvent): string[] {
  const sender: WebhookEvent["sender"] | undefined = event.sender;
  const commit: WebhookEvent["head_commit"] | null | undefined = event.head_commit;
  return [sender?.login ?? "", commit?.timestamp ?? "", commit?.id ?? ""];
}
