import type { QueueProperties, SubscriptionProperties, TopicProperties } from "@azure/service-bus";
import type { EntitySettings } from "../broker";
import { forwardedPath } from "./entity-path";

/** Seconds of an ISO 8601 duration as the service writes it ("PT1M", "P10675199DT2H48M5.4775807S"); null when it is none. */
export function durationSeconds(text: string | undefined): number | null {
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(text ?? "");
  if (match === null) return null;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
}

export function queueSettings(queue: QueueProperties): EntitySettings {
  return { ...consumerSettings(queue), ...originSettings(queue) };
}

/** A subscription is read like a queue; what is sent to it goes through its topic. */
export function subscriptionSettings(
  subscription: SubscriptionProperties,
  topic: TopicProperties | null,
): EntitySettings {
  return { ...consumerSettings(subscription), ...originSettings(topic) };
}

function consumerSettings(
  entity: QueueProperties | SubscriptionProperties,
): Omit<EntitySettings, keyof ReturnType<typeof originSettings>> {
  return {
    requiresSession: entity.requiresSession,
    lockSeconds: durationSeconds(entity.lockDuration),
    maxDeliveryCount: entity.maxDeliveryCount,
    defaultTimeToLiveSeconds: durationSeconds(entity.defaultMessageTimeToLive),
    forwardDeadLettersTo: forwardedPath(entity.forwardDeadLetteredMessagesTo),
  };
}

/** Settings that decide what becomes of a copy on its way in; all null when they cannot be read. */
export function originSettings(
  origin: QueueProperties | TopicProperties | null,
): Pick<EntitySettings, "duplicateDetection" | "partitioned" | "maxMessageBytes"> {
  if (origin === null) return { duplicateDetection: null, partitioned: null, maxMessageBytes: null };
  const windowSeconds = durationSeconds(origin.duplicateDetectionHistoryTimeWindow);
  const kilobytes = origin.maxMessageSizeInKilobytes;
  return {
    duplicateDetection:
      origin.requiresDuplicateDetection && windowSeconds === null
        ? null
        : { enabled: origin.requiresDuplicateDetection, windowSeconds: windowSeconds ?? 0 },
    partitioned: origin.enablePartitioning,
    maxMessageBytes: kilobytes === undefined || kilobytes === 0 ? null : kilobytes * 1_024,
  };
}
