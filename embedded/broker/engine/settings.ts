/** Times to live, idle times and windows are in ms; Infinity: never. */

export type EntityStatus = "Active" | "Disabled" | "SendDisabled" | "ReceiveDisabled";

export interface SharedSettings {
  defaultTimeToLiveMs: number;
  autoDeleteOnIdleMs: number;
  status: EntityStatus;
  userMetadata: string | null;
  enableBatchedOperations: boolean;
}

export interface StoreSettings {
  maxSizeInMegabytes: number;
  maxMessageSizeInKilobytes: number;
  requiresDuplicateDetection: boolean;
  duplicateDetectionWindowMs: number;
  enablePartitioning: boolean;
}

export interface ConsumerSettings {
  lockDurationMs: number;
  requiresSession: boolean;
  deadLetteringOnMessageExpiration: boolean;
  maxDeliveryCount: number;
  forwardTo: string | null;
  forwardDeadLetteredMessagesTo: string | null;
}

export interface QueueSettings extends SharedSettings, StoreSettings, ConsumerSettings {}

export interface TopicSettings extends SharedSettings, StoreSettings {
  supportOrdering: boolean;
}

export interface SubscriptionSettings extends SharedSettings, ConsumerSettings {
  deadLetteringOnFilterEvaluationExceptions: boolean;
}

const SHARED: SharedSettings = {
  defaultTimeToLiveMs: Number.POSITIVE_INFINITY,
  autoDeleteOnIdleMs: Number.POSITIVE_INFINITY,
  status: "Active",
  userMetadata: null,
  enableBatchedOperations: true,
};

const STORE: StoreSettings = {
  maxSizeInMegabytes: 1024,
  maxMessageSizeInKilobytes: 256,
  requiresDuplicateDetection: false,
  duplicateDetectionWindowMs: 600_000,
  enablePartitioning: false,
};

const CONSUMER: ConsumerSettings = {
  lockDurationMs: 60_000,
  requiresSession: false,
  deadLetteringOnMessageExpiration: false,
  maxDeliveryCount: 10,
  forwardTo: null,
  forwardDeadLetteredMessagesTo: null,
};

/** The service's defaults for what an entity's creator does not say. */
export const DEFAULT_QUEUE_SETTINGS: QueueSettings = { ...SHARED, ...STORE, ...CONSUMER };
export const DEFAULT_TOPIC_SETTINGS: TopicSettings = { ...SHARED, ...STORE, supportOrdering: true };
export const DEFAULT_SUBSCRIPTION_SETTINGS: SubscriptionSettings = {
  ...SHARED,
  ...CONSUMER,
  deadLetteringOnFilterEvaluationExceptions: true,
};
