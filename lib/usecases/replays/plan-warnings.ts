import type { SearchCoverage } from "@/lib/contracts/dead-letters";
import type { Preflight } from "@/lib/contracts/replays";
import { guessKind } from "@/lib/domain/cause-kind";
import { consumerWords, entitiesOf, knowingBy } from "@/lib/domain/message-id-policy";
import { NAMESPACE_CREDITS } from "@/lib/domain/picking";
import type { ReplayPolicies } from "@/lib/domain/replay-policies";
import { sameName } from "@/lib/domain/subscriptions";
import type { CauseOfReplay } from "@/lib/store/ports/causes";
import { nameOf } from "../causes/change-cause";
import type { Consumer } from "./plan-consumers";
import type { PlanFindings } from "./plan-preflight";
import { cameThrough, isToOrigin } from "./plan-rules";
import { aboutWatch, receivingSubscriptions, watchOf } from "./plan-watch";

interface Found extends Omit<PlanFindings, "warnings"> {
  readonly doubtPolicy: "hold" | "send-again";
  readonly policies: ReplayPolicies;
  readonly consumers: readonly Consumer[];
  readonly sameId: number;
  readonly causes: readonly CauseOfReplay[];
  /** Chosen by id, but no longer in the DLQ. */
  readonly missing: number;
  /** How much of the queue the filter has looked at; null: it needs no search index, or is none. */
  readonly coverage: SearchCoverage | null;
}

type Warnings = Preflight["warnings"];

/** What the person should know before the start, in words. Nothing here stops a message; refusals do. */
export function planWarnings(found: Found): Warnings {
  const { summary } = found;
  const left = `${found.missing} of the chosen messages are no longer in the dead-letter queue and were left out.`;
  const nothing = "Every message is refused: there is nothing to start.";
  return [
    ...when(found.missing > 0, "left", left),
    ...aboutCoverage(found.coverage),
    ...aboutTarget(found),
    ...aboutTargetPolicies(found),
    ...aboutSubscriptions(found),
    ...aboutIds(found),
    ...aboutWatch(watchOf(found), { stamps: found.stamps, canary: found.ramp !== null && found.ramp.canary !== null }),
    ...aboutCopies(found),
    ...aboutCauses(found.causes),
    ...aboutCredits(found),
    ...when(summary.planned === 0, "nothing", nothing),
    ...when(
      true,
      "changes",
      "The target may change between this check and the send; every window is checked again before it is sent.",
    ),
  ];
}

/** What is not known fits no filter: whoever means "all of them" must know that some were not asked. */
function aboutCoverage(coverage: SearchCoverage | null): Warnings {
  if (coverage === null) return [];
  const { pending, gaps } = coverage;
  return [
    ...when(
      pending > 0,
      "not-indexed",
      `${pending} messages of this queue are not indexed yet: whether they fit the filter is not known, and they are left out. Plan again in a moment to have them asked.`,
    ),
    ...when(
      gaps > 0,
      "indexed-partly",
      `${gaps} messages of this queue are indexed but for a part, such as a body too large to be kept: they are left out where the filter asks about that part.`,
    ),
  ];
}

/** A defect in the message comes back with the message; so does one in the consumer that is not mended. */
function aboutCauses(causes: readonly CauseOfReplay[]): Warnings {
  const ofKind = (kind: "data" | "code") => causes.filter(({ cause }) => (cause.kind ?? guessKind(cause)) === kind);
  const data = ofKind("data").filter(({ unedited }) => unedited > 0);
  const code = ofKind("code");
  const unedited = data.reduce((sum, { unedited }) => sum + unedited, 0);
  const names = (of: readonly CauseOfReplay[]) =>
    `“${of
      .slice(0, 3)
      .map(({ cause }) => shortened(nameOf(cause)))
      .join("”, “")}”${of.length > 3 ? ` and ${of.length - 3} more` : ""}`;
  return [
    ...when(
      data.length > 0,
      "data-unedited",
      `${unedited} of these failed over what is in the message and go back without a correction; they will fail again unless the consumer has learnt to take them: ${names(data)}.`,
    ),
    ...when(
      code.length > 0,
      "code-defect",
      `Some failed over the consumer's own code or settings: send them once its fix is out: ${names(code)}.`,
    ),
  ];
}

const NAME_SHOWN = 120;

function shortened(name: string): string {
  return name.length <= NAME_SHOWN ? name : `${name.slice(0, NAME_SHOWN - 1).trimEnd()}…`;
}

function aboutTarget(found: Found): Warnings {
  const { facts, summary } = found;
  const { queue, target } = facts;
  return [
    ...when(
      !isToOrigin(facts),
      "elsewhere",
      `These messages died in ${queue.entityPath}. ${target.path} gets them instead: does whoever reads it understand them?`,
    ),
    ...when(
      target.forwardTo !== null,
      "forwards",
      `${target.path} passes what it gets on to ${target.forwardTo}, whose own settings for sessions, size and duplicates decide as well. They are not checked here.`,
    ),
    ...when(
      target.requiresSession === null && target.kind === "queue",
      "session-unknown",
      "Whether the target requires sessions could not be read.",
    ),
    ...when(
      target.maxMessageBytes === null,
      "size-unknown",
      "The target's size limit could not be read: the smallest, 256 KB, is assumed.",
    ),
    ...when(
      summary.withSession > 0 && (target.requiresSession ?? true),
      "sessions",
      `${summary.withSession} messages belong to sessions: those of one session are sent in order, one at a time, by one worker.`,
    ),
  ];
}

/** What the policies of those who get the copies hold the replay to, wherever the messages come from. Approval and rights are asked for apart. */
function aboutTargetPolicies({ policies, slowest, input }: Found): Warnings {
  const quiet = policies.into.filter(({ policy }) => policy.quietHours !== null).map(({ entityPath }) => entityPath);
  return [
    ...when(
      slowest !== null,
      "target-rate",
      `The policy of ${slowest?.entityPath} bears ${slowest?.most} copies a second, for all replays into it together: this one goes no faster, whatever its rate of ${input.rate}.`,
    ),
    ...when(
      quiet.length > 0,
      "target-quiet",
      `The quiet hours of ${quiet.join(", ")} hold for this replay too, since copies go there.`,
    ),
  ];
}

function aboutSubscriptions({ facts, topic, copies, input, summary }: Found): Warnings {
  if (topic === null || input.routeTo !== null || summary.planned === 0) return [];
  const own = cameThrough(facts);
  const receiving = receivingSubscriptions(topic, copies);
  const others = receiving.filter((name) => own === null || !sameName(name, own));
  const dying = topic.subscriptions.filter((_, place) => (copies.sessionless[place] ?? 0) > 0).map(({ name }) => name);
  const most = Math.min(summary.planned, Math.max(0, ...copies.sessionless));
  const ownGets = own === null || receiving.some((name) => sameName(name, own));
  return [
    ...when(
      own !== null && others.length > 0,
      "topic",
      `${facts.target.path} is a topic: ${others.join(", ")} ${others.length === 1 ? "gets copies" : "get copies"}, too. To reach ${own} alone, choose it as the one subscription.`,
    ),
    ...when(
      dying.length > 0,
      "dies-without-session",
      `Up to ${most} of the copies have no SessionId, and ${dying.join(", ")} ${dying.length === 1 ? "takes" : "take"} none without: they die there, and arrive in the others alone.`,
    ),
    ...when(
      !ownGets,
      "not-back",
      `${own}, where these messages died, gets none of the copies: its rules do not let them through any more.`,
    ),
  ];
}

function aboutIds(found: Found): Warnings {
  const { facts, choice, consumers, doubtPolicy, copies, stamps } = found;
  const detection = facts.target.duplicateDetection;
  const byId = knowingBy("message-id", found);
  const blind = knowingBy("nothing", found);
  const holding = consumers.filter((consumer) => consumer.doubtPolicy === "hold");
  const withKey = (where: string) => entitiesOf(consumers.filter(({ businessKeys }) => businessKeys.includes(where)));
  const onDoubt =
    doubtPolicy === "hold"
      ? "such a copy is held for a person to judge"
      : "such a copy is sent again and may arrive twice";
  return [
    ...when(
      detection === null,
      "detection-unknown",
      "The target's duplicate detection could not be read: it counts as on when ids are chosen, and as off when a send is in doubt.",
    ),
    ...when(
      detection?.enabled === false,
      "no-detection",
      `The target has no duplicate detection. Should a worker die in the middle of a send, ${onDoubt}.`,
    ),
    ...when(
      detection?.enabled === false && choice.policy === "preserve" && found.sameId > 0,
      "same-id",
      `${found.sameId} of the messages share a MessageId with another one: a consumer that knows messages by their id will skip them.`,
    ),
    ...when(
      choice.policy === "new" && byId.length > 0,
      "new-id-repeats",
      `${consumerWords(byId)} messages by their MessageId, and these copies get new ones: what is already done of them is done a second time.`,
    ),
    ...when(
      doubtPolicy === "send-again" && blind.length > 0,
      "repeats",
      `${consumerWords(blind)} no message again: a copy that is sent again in doubt and arrives twice does its work twice.`,
    ),
    ...when(
      found.input.doubtPolicy === null && found.policies.own.doubtPolicy === "send-again" && holding.length > 0,
      "doubt-held",
      `In doubt a copy is held, although the policy of the queue that it comes from would send it again: that of ${entitiesOf(holding)} does not say so.`,
    ),
    ...copies.businessKeys.flatMap(({ where, repeated, without }) => [
      ...when(
        repeated > 0,
        "business-key",
        `${repeated} of the messages carry a business key (${where}) that another one carries too: the consumer of ${withKey(where)} will take one of each and skip the rest.`,
      ),
      ...when(
        without > 0,
        "no-business-key",
        `${without} of the messages have no business key (${where}): the consumer of ${withKey(where)} cannot know them again.`,
      ),
    ]),
    ...when(
      !stamps,
      "no-stamps",
      "The copies carry no stamps: what comes back dead is not recognised, a copy in doubt cannot be found in the target, and nothing stops the replay by itself when its copies fail.",
    ),
  ];
}

function aboutCopies({ facts, input, deliverAt, summary }: Found): Warnings {
  return [
    ...when(
      deliverAt !== null,
      "kept-back",
      "The target keeps the copies back until their time. They leave the dead-letter queue before that, and cannot be called back from here.",
    ),
    ...when(
      input.expiryPolicy === "renew" && summary.expiring > 0,
      "renewed",
      `${summary.expiring} copies begin a new life, as long as the one that their sender gave them.`,
    ),
    ...when(
      input.expiryPolicy === "none" && facts.target.kind === "queue",
      "no-expiry",
      "The copies do not expire by themselves; the target's own time to live still holds.",
    ),
  ];
}

function aboutCredits({ facts, input, countsCredits, topic }: Found): Warnings {
  const perSecond = input.rate * (2 + (topic?.filters ?? 0));
  return when(
    countsCredits && perSecond > NAMESPACE_CREDITS,
    "credits",
    `At ${input.rate} a second it uses about ${Math.ceil(perSecond)} of the ${NAMESPACE_CREDITS} credits that ${facts.queue.namespace} has each second: the broker will slow down everybody.`,
  );
}

function when(condition: boolean, code: string, text: string): Warnings {
  return condition ? [{ code, text }] : [];
}
