import type { ContractRow } from "../contract";

/** What a copy meets that is sent again. */
export const SENDING_ROWS: readonly ContractRow[] = [
  {
    row: "Send: single, batch, properties",
    rules: [
      "a message sent is received with its properties, application properties and body",
      "a batch arrives as single messages in order, with ascending sequence numbers",
      "100 sends at once all arrive, each once",
      "a sender can be closed and opened again",
      "a message without an id is taken, and can be settled",
    ],
  },
  {
    row: "A batch is taken or refused as a whole",
    rules: [
      "a batch is taken or refused as a whole",
      "a send without a session id is an InvalidOperationError, and a batch with one such is refused whole",
      "a batch with different partition keys is an ArgumentError, and none of it is taken",
    ],
  },
  {
    row: "Scheduled messages: wait, get a new sequence number when they become active, can be cancelled",
    rules: [
      "a scheduled message waits for its time, can be peeked as scheduled, and gets a new sequence number",
      "a message sent with a scheduled time waits as one scheduled by a call",
      "a time that has passed already schedules for now",
      "a scheduled message that is cancelled never comes; cancelling it again is MessageNotFound",
      "several scheduled messages are cancelled by one call",
      "scheduling on an entity that does not exist is MessagingEntityNotFound",
      "a scheduled message of a topic reaches its subscriptions at its time, and can be cancelled",
    ],
  },
  {
    row: "Duplicate detection: a send with a known id succeeds and is dropped within the window",
    rules: [
      "a known id succeeds and is dropped within the window, and is taken after it",
      "two messages of one batch with the same id arrive as one",
      "without detection the same id arrives twice",
      "a topic drops duplicates before its subscriptions see them",
      "the window can be read: ten minutes unless set otherwise",
    ],
  },
  {
    row: "Preserving an id and completing the original loses the message within the window",
    rules: [
      "the id stays known after its message was completed",
      "the id stays known after its message was dead-lettered, and completed there: a resend is lost",
    ],
  },
  {
    row: "Partitioned entities compare message id and partition key",
    rules: ["on a partitioned entity the partition key belongs to the id"],
  },
  {
    row: "A deterministic id that is sent again within the window arrives once",
    rules: ["a resend with the same id arrives once, however often it is sent"],
  },
  {
    row: "A message sent back to its topic reaches every subscription that matches",
    rules: [
      "a message sent again to its topic reaches every subscription that matches, also those that had it",
      "every subscription gets its own copy, with numbers of its own",
      "settling a copy in one subscription leaves the others",
    ],
  },
  {
    row: "A message that no subscription matches disappears without an error",
    rules: ["a message that no subscription matches is taken and gone"],
  },
  {
    row: "No transactions over send and complete",
    rules: [],
    elsewhere: "the client library has none",
  },
  {
    row: "Bytes stay bytes: header, properties, annotations, bodies of every kind and footer survive",
    rules: [
      "header, properties, annotations, footer and body arrive as they were sent",
      "a message is the same whether it is peeked, received, deferred or dead-lettered",
      "a message is the same whether it was sent alone, in a batch or scheduled",
      "a message is the same in every subscription of a topic",
      "a message is the same after it was forwarded",
      "a dead-lettering adds reason and description to the application properties and nothing else",
      "bodies of every AMQP kind arrive as that kind",
      "JSON, text, null and empty bodies arrive as they were sent",
      "message ids that are numbers or UUIDs keep their type",
    ],
  },
  {
    row: "Bytes on the wire, decoded by code that shares nothing with the client library",
    rules: [],
    elsewhere: "wire-bytes.int.test.ts",
  },
  {
    row: "The client library sends again by itself",
    rules: [],
    elsewhere: "the client library's doing; cut-after-send in faults.int.test.ts shows the second copy",
  },
  {
    row: "On partitioned entities all messages of a batch need one partition key",
    rules: [
      "a batch with different partition keys is an ArgumentError, and none of it is taken",
      "a batch with different sessions is an ArgumentError on a partitioned entity",
      "a batch may hold messages of several sessions where the entity is not partitioned",
    ],
  },
  {
    row: "A message without an id can be settled when locks are not renewed by the client library",
    rules: ["a message without an id is taken, and can be settled"],
  },
  {
    row: "Sequence numbers of partitioned entities pass 2^53; the top 16 bits are the partition",
    rules: [
      "the partition stands in the top 16 bits of the sequence number",
      "messages of one partition key share a partition and keep their order",
      "a dead letter of a partitioned entity keeps its large number, and can be settled by it",
      "a session's messages share a partition",
      "a message that a filter fails on keeps its partition",
    ],
  },
  {
    row: "Time to live of message, entity and topic: the shortest counts; an expired message is dropped or dead-lettered",
    rules: [
      "an expired message is dropped where expiry does not dead-letter",
      "an expired message is dead-lettered with TTLExpiredException where expiry does, its number and time kept",
      "the entity's time to live is an upper bound of the message's",
      "the shortest time to live of message, topic and subscription counts",
      "a message says when it expires",
      "a locked message can be completed after its time to live",
      "a locked message given back after its time to live expires",
      "the time to live of a scheduled message begins when it becomes active",
    ],
  },
  {
    row: "An absolute expiry that has passed makes a copy die on arrival",
    rules: ["a message whose absolute expiry has passed dies on arrival; one that has not is delivered"],
  },
  {
    row: "Quota: a full entity refuses sends",
    rules: ["a full entity refuses a send with QuotaExceeded"],
  },
];
