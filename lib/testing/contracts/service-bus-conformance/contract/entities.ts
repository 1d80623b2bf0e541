import type { ContractRow } from "../contract";

/** Topics, rules, forwarding and administration. */
export const ENTITY_ROWS: readonly ContractRow[] = [
  {
    row: "SQL filters over system and application properties",
    rules: [
      "SQL filters see system and application properties",
      "SQL filters see every system property that a sender can set",
    ],
  },
  {
    row: "Correlation filters",
    rules: [
      "correlation filters match when every named field is equal",
      "a correlation filter with a long is not matched by a fraction, which is no error",
    ],
  },
  {
    row: "True and false filters",
    rules: [
      "a subscription without rules of its own has $Default, a TrueFilter: everything goes through",
      "a FalseFilter lets nothing through, and is listed over AMQP and HTTP",
    ],
  },
  {
    row: "SQL actions, and how many copies matching rules make",
    rules: [
      "an action changes the copy of its subscription only",
      "matching rules without an action make one copy together, each with an action one of its own",
    ],
  },
  {
    row: "Parameters of filters and actions",
    rules: ["parameters of a rule's filter and action are applied, read back and kept by an update"],
  },
  {
    row: "Rules over AMQP",
    rules: [
      "rules are made, listed and deleted over AMQP",
      "a rule's name that is taken is MessagingEntityAlreadyExists, one that is unknown MessagingEntityNotFound",
      "an expression that is not in the grammar is an ArgumentError",
      "more than a hundred rules are all listed over AMQP",
      "rules of a subscription that does not exist are MessagingEntityNotFound",
    ],
  },
  {
    row: "Rules over HTTP",
    rules: [
      "rules are made, read, updated, listed and deleted over HTTP",
      "a rule that is updated decides of the messages that come then",
      "errors of rules over HTTP: not found, already there, not in the grammar",
      "rules are listed over their pages",
    ],
  },
  {
    row: "A filter error dead-letters as the service does",
    rules: [
      "a filter that cannot be applied dead-letters the message with the error, where the subscription says so",
      "a message that a filter fails on goes where dead letters are forwarded to",
      "a message that a filter fails on keeps its partition",
    ],
  },
  {
    row: "Forwarding: four hops, then MaxTransferHopCountExceeded",
    rules: [
      "messages are moved to the target",
      "a subscription forwards to a queue, a queue to a topic",
      "a forwarded message gets a new sequence number and keeps the one it was enqueued with first",
      "four hops are made, the fifth ends in the transfer dead-letter queue with MaxTransferHopCountExceeded",
    ],
  },
  {
    row: "Forwarding: what is refused",
    rules: [
      "an entity that forwards cannot be received from: InvalidOperationError",
      "a target must be there when forwarding to it is set: ServiceError",
      "an entity with sessions cannot forward: ServiceError",
    ],
  },
  {
    row: "Administration: queues",
    rules: [
      "a queue is made with its settings, read back, updated and deleted",
      "what a queue's creator leaves out is as the service has it",
      "a queue that is deleted and made again is empty",
      "an updated setting holds for what happens from then on",
    ],
  },
  {
    row: "Administration: topics and subscriptions",
    rules: [
      "a topic is made with its settings, read back, updated and deleted",
      "a subscription is made with its settings, read back, updated and deleted",
      "deleting a topic deletes its subscriptions and closes their links; made again, it has none",
    ],
  },
  {
    row: "Administration: lists",
    rules: [
      "queues, topics and subscriptions are listed",
      "a list goes on over its pages",
      "rules are listed over their pages",
      "the counts of all queues, topics and subscriptions are listed",
    ],
  },
  {
    row: "Administration: errors",
    rules: [
      "what is not there is MessageEntityNotFoundError: to read, update and delete",
      "a name that is taken is MessageEntityAlreadyExistsError, of queues, topics and subscriptions",
      "a setting that is fixed at creation cannot be updated: ServiceError",
      "settings out of range are refused: ServiceError",
      "a name that no entity may have is refused: ServiceError",
    ],
  },
  {
    row: "Administration: namespace properties",
    rules: ["the namespace says what it is"],
  },
  {
    row: "Entities that nobody uses are deleted after their idle time",
    rules: ["an entity that nobody uses is deleted after its idle time"],
  },
];
