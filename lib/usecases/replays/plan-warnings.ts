import type { Preflight } from "@/lib/contracts/replays";
import type { SubscriptionReach } from "@/lib/domain/subscriptions";
import type { PlanFacts, PlannedSet } from "@/lib/store/ports/replays";

interface Found {
  readonly facts: PlanFacts;
  readonly reach: readonly SubscriptionReach[] | null;
  readonly planned: PlannedSet;
  readonly doubtPolicy: "hold" | "send-again";
  readonly policy: "preserve" | "new";
  readonly sameId: number;
  /** Chosen by id, but no longer in the DLQ. */
  readonly missing: number;
}

/** What the person should know before the start, in words. Nothing here stops a message; refusals do. */
export function planWarnings(found: Found): Preflight["warnings"] {
  const { facts, reach, planned, doubtPolicy, policy } = found;
  const { queue, target } = facts;
  const warnings: Preflight["warnings"] = [];
  const warn = (code: string, text: string) => void warnings.push({ code, text });
  if (found.missing > 0)
    warn("left", `${found.missing} of the chosen messages are no longer in the dead-letter queue and were left out.`);
  if (reach !== null) {
    const own = queue.entityPath.split("/").at(-1)?.toLowerCase();
    const others = reach.filter(({ name, receives }) => receives !== "no" && name.toLowerCase() !== own);
    if (others.length > 0) {
      warn(
        "topic",
        `${target.path} is a topic: ${others.map(({ name }) => name).join(", ")} ${others.length === 1 ? "gets or may get" : "get or may get"} a copy, too.`,
      );
    }
    if (reach.some(({ receives }) => receives === "unknown") && !reach.some(({ receives }) => receives === "yes")) {
      warn(
        "rules-unknown",
        "Whether any subscription receives a copy depends on rules that were not evaluated for each message; one that matches none disappears without an error.",
      );
    }
  }
  if (target.duplicateDetection === null) {
    warn(
      "detection-unknown",
      "The target's duplicate detection could not be read: it counts as on when ids are chosen, and as off when a send is in doubt.",
    );
  } else if (!target.duplicateDetection.enabled) {
    const then =
      doubtPolicy === "hold"
        ? "such a copy is held for a person to judge"
        : "such a copy is sent again and may arrive twice";
    warn(
      "no-detection",
      `The target has no duplicate detection. Should a worker die in the middle of a send, ${then}.`,
    );
    if (policy === "preserve" && found.sameId > 0)
      warn(
        "same-id",
        `${found.sameId} of the messages share a MessageId with another one: a consumer that knows messages by their id will skip them.`,
      );
  }
  if (target.requiresSession === null)
    warn("session-unknown", "Whether the target requires sessions could not be read.");
  if (target.maxMessageBytes === null)
    warn("size-unknown", "The target's size limit could not be read: the smallest, 256 KB, is assumed.");
  if (planned.withSession > 0 && (target.requiresSession ?? true)) {
    warn(
      "sessions",
      `${planned.withSession} messages belong to sessions: those of one session are sent in order, one at a time, by one worker.`,
    );
  }
  if (planned.planned === 0) warn("nothing", "Every message is refused: there is nothing to start.");
  warn(
    "changes",
    "The target may change between this check and the send; every window is checked again before it is sent.",
  );
  return warnings;
}
