import type { ContractRow } from "../contract";

/** What the console relies on in dead-letter queues: peeking, locks, reasons, counts, limits. */
export const DEAD_LETTER_ROWS: readonly ContractRow[] = [
  {
    row: "A message keeps its sequence number when it moves to the dead-letter queue",
    rules: [
      "dead-letter moves it, with reason, description and properties, and it keeps its sequence number",
      "the last abandoned delivery dead-letters with MaxDeliveryCountExceeded, its number and time kept",
      "an expired message is dead-lettered with TTLExpiredException where expiry does, its number and time kept",
      "a dead letter of a partitioned entity keeps its large number, and can be settled by it",
    ],
  },
  {
    row: "Dead-lettering is not in sequence order: a message may arrive below newer ones",
    rules: ["dead letters stand in the order of their sequence numbers, not of their dead-lettering"],
  },
  {
    row: "Peek returns ascending sequence numbers, at most what was asked, about 250 a call",
    rules: [
      "peek returns messages from a sequence number on, in order, and locks none",
      "one peek returns about 250 messages at most, however many are asked for; the pages together are complete",
      "peek beyond the last number is empty",
      "peek from a number that is gone goes on with the next one that is there",
    ],
  },
  {
    row: "Peek returns possibly fewer; a short page is not the end: page until empty",
    rules: ["a page of large messages is shorter than asked for, and is not the end"],
  },
  {
    row: "Peek includes locked and deferred messages",
    rules: ["peek returns locked, deferred and scheduled messages too, and says their state"],
  },
  {
    row: "The implicit cursor of a peek is shared by all receivers of an entity on one client",
    rules: [
      "peek goes on where it stopped when no number is given",
      "the place where a peek without a number goes on is shared by all receivers of an entity on one client",
    ],
  },
  {
    row: "EnqueuedTimeUtc of a dead letter is the original enqueue time",
    rules: [
      "dead-letter moves it, with reason, description and properties, and it keeps its sequence number",
      "the last abandoned delivery dead-letters with MaxDeliveryCountExceeded, its number and time kept",
      "an expired message is dead-lettered with TTLExpiredException where expiry does, its number and time kept",
    ],
  },
  {
    row: "The smallest sequence number is the oldest enqueued message; on partitioned entities one for each partition",
    rules: [
      "the first message of a peek is the oldest that was enqueued",
      "a peek from a partition's first number gives its oldest message",
    ],
  },
  {
    row: "The dead-letter queue has no time to live and no cleanup; that of the main entity does not apply",
    rules: ["a dead letter never expires, whatever the time to live of message and entity"],
  },
  {
    row: "A dead letter cannot be dead-lettered again",
    rules: ["a dead letter cannot be dead-lettered again: InvalidOperationError"],
  },
  {
    row: "Dead letters are received, settled and deleted like other messages, in sub-queues of queues and subscriptions",
    rules: [
      "a dead letter can be completed",
      "a dead letter that is abandoned can be received again",
      "a dead letter can be deferred, and received by its number",
      "dead letters can be received and deleted",
      "a subscription has a dead-letter queue of its own",
      "nothing can be sent to a dead-letter queue: InvalidOperationError",
    ],
  },
  {
    row: "Reasons of the system: MaxDeliveryCountExceeded",
    rules: [
      "the last abandoned delivery dead-letters with MaxDeliveryCountExceeded, its number and time kept",
      "a lock that runs out counts as a delivery, also towards the maximum",
      "the last lost session lock of a message dead-letters it with MaxDeliveryCountExceeded",
    ],
  },
  {
    row: "Reasons of the system: TTLExpiredException",
    rules: [
      "an expired message is dead-lettered with TTLExpiredException where expiry does, its number and time kept",
      "the entity's time to live is an upper bound of the message's",
      "a locked message given back after its time to live expires",
    ],
  },
  {
    row: "Reasons of the system: HeaderSizeExceeded",
    rules: ["a message whose headers are larger than 64 KB is dead-lettered with HeaderSizeExceeded"],
  },
  {
    row: "Reasons of the system: Session ID is null",
    rules: ["a subscription with sessions dead-letters a message without one: Session ID is null"],
  },
  {
    row: "Reasons of the system: MaxTransferHopCountExceeded",
    rules: ["four hops are made, the fifth ends in the transfer dead-letter queue with MaxTransferHopCountExceeded"],
  },
  {
    row: "The application's own reason and description, or none",
    rules: [
      "dead-letter moves it, with reason, description and properties, and it keeps its sequence number",
      "dead-letter without a reason moves it without one",
      "a dead-lettering adds reason and description to the application properties and nothing else",
    ],
  },
  {
    row: "DeadLetterSource is set only when the dead-letter queue is forwarded",
    rules: [
      "forwarded dead letters name their source and get new numbers, and their deliveries count there",
      "dead-letter moves it, with reason, description and properties, and it keeps its sequence number",
      "an expired message is forwarded as a dead letter, with its source and TTLExpiredException",
      "a message delivered too often is forwarded as a dead letter, with its source and MaxDeliveryCountExceeded",
      "a dead letter keeps its source when it is forwarded further",
    ],
  },
  {
    row: "A forwarded dead-letter queue cannot be opened; its messages live in the target, where delivery counts rise",
    rules: [
      "a dead-letter queue that forwards cannot be opened, nor peeked: InvalidOperationError",
      "forwarded dead letters name their source and get new numbers, and their deliveries count there",
    ],
  },
  {
    row: "Dead letters that cannot be forwarded stay behind, counted but unreadable",
    rules: ["a dead letter whose target is gone stays behind, counted"],
  },
  {
    row: "$Transfer/$DeadLetterQueue holds messages whose forwarding failed",
    rules: [
      "four hops are made, the fifth ends in the transfer dead-letter queue with MaxTransferHopCountExceeded",
      "a target that is gone sends messages to the transfer dead-letter queue, which can be received from and completed",
      "a subscription has a transfer dead-letter queue too",
    ],
  },
  {
    row: "The dead-letter queue of an entity with sessions is read with a plain receiver and keeps the session ids",
    rules: ["the dead-letter queue of an entity with sessions is read with a plain receiver, session ids kept"],
  },
  {
    row: "Deferral inside the dead-letter queue of an entity with sessions is broken on the service",
    rules: [],
    elsewhere: "a fault of the service's that the console keeps away from; not rebuilt",
  },
  {
    row: "Receive by sequence number works only for deferred messages; a chosen one is reached by locking the way to it",
    rules: [
      "receiving a message by its number is MessageNotFound when it is active, or gone, or was never there",
      "a chosen dead letter is reached only by locking the way to it",
    ],
  },
  {
    row: "The delivery count in a dead-letter queue does not rise when a lock runs out",
    rules: ["a dead letter's delivery count does not rise when its lock runs out"],
  },
  {
    row: "Closing a receiver does not release its locks: a locked window can be left to expire while the next link reads on",
    rules: [
      "locks outlive the receiver that was closed, and end at their time",
      "a window of locked dead letters is kept over closed receivers, so that the next link reads on behind it",
    ],
  },
  {
    row: "The lock duration is a minute by default and five minutes at most",
    rules: [
      "a received message has a lock token and the time that its lock ends, a minute unless set otherwise",
      "what a queue's creator leaves out is as the service has it",
      "settings out of range are refused: ServiceError",
    ],
  },
  {
    row: "At most 2,048 unsettled messages for each receiver; further receives return short or empty",
    rules: [
      "2,048 messages can be held unsettled on one receiver; a receive beyond them returns nothing, and locks nothing",
    ],
  },
  {
    row: "Runtime counts: active, dead-lettered, scheduled, in transfer; of queues and subscriptions",
    rules: [
      "a queue's counts show active, dead-lettered and scheduled messages, and its size",
      "locked and deferred messages count as active",
      "a subscription's counts are its own",
      "a topic counts its subscriptions and its scheduled messages",
      "the counts of all queues, topics and subscriptions are listed",
    ],
  },
  {
    row: "Counts can lag or disagree, and read 0 while throttled",
    rules: [],
    elsewhere: "on command only: faults.int.test.ts",
  },
  {
    row: "Throttled requests are refused as server-busy",
    rules: [
      "a busy service refuses sends, peeks, receives and management calls with ServiceBusy, and goes on afterwards",
      "a busy service refuses administration with ServerBusyError",
    ],
  },
  {
    row: "Credits: 1,000 a second; 1 for each message sent, received or peeked, 10 for a management call",
    rules: [],
    elsewhere: "metered on command: throttling.int.test.ts",
  },
  {
    row: "256 KB for a message, up to 100 MB where large messages are allowed; headers 64 KB in all",
    rules: [
      "a message larger than the entity takes is MessageSizeExceeded; others still go through",
      "a message of about 1 MB arrives whole where the entity allows it",
      "a message whose headers are larger than 64 KB is dead-lettered with HeaderSizeExceeded",
      "a message id of more than 128 characters is an ArgumentError",
    ],
  },
  {
    row: "A link advertises more than a batch may hold where large messages are allowed",
    rules: [
      "a batch of more than 1 MB is refused also where the link advertises more; one kept below it is taken",
      "a batch object takes no more than the link allows",
    ],
  },
  {
    row: "About 1,000 links fit on one connection of the client library",
    rules: [],
    elsewhere: "a limit of the client library's",
  },
  {
    row: "A lost connection does not release its locks at once (the worse of two tellings)",
    rules: ["locks outlive the connection they were taken on"],
  },
  {
    row: "Rules of a subscription are readable with the Listen right",
    rules: ["a key that may only listen receives, peeks and lists rules, and cannot send: UnauthorizedAccess"],
  },
];
