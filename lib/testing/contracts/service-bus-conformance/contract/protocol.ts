import type { ContractRow } from "../contract";

/** What the client library needs a broker to speak. */
export const PROTOCOL_ROWS: readonly ContractRow[] = [
  {
    row: "$cbs put-token: tokens are checked for signature, expiry, entity and right when keys are configured",
    rules: [
      "a token signed with the key is taken, for the entity or the whole namespace",
      "a wrong key, and an unknown one, are UnauthorizedAccess: to send, to receive and to peek",
      "a token that has expired is UnauthorizedAccess",
      "a token for another entity is UnauthorizedAccess",
      "a token that expires while its link is in use ends the link, and opens no other: UnauthorizedAccess",
      "a key that may only listen receives, peeks and lists rules, and cannot send: UnauthorizedAccess",
      "the administration refuses a wrong key and one without the Manage right with 401",
    ],
  },
  {
    row: "Addresses of queues, topics, subscriptions and their sub-queues, matched without regard to case",
    rules: [
      "entity names are compared without regard to case",
      "a topic cannot be received from: MessagingEntityNotFound",
      "a subscription has a dead-letter queue of its own",
      "a subscription has a transfer dead-letter queue too",
    ],
  },
  {
    row: "Sender links: credit at attach, max-message-size",
    rules: ["100 sends at once all arrive, each once", "a batch object takes no more than the link allows"],
  },
  {
    row: "Receiver links: peek-lock and receive-and-delete",
    rules: [
      "peek-lock: a message is handed to one receiver until its lock ends",
      "receive-and-delete: what was handed over is gone, and carries no lock",
      "two receivers of one queue share its messages, each to one of them",
      "500 messages are received and completed in parallel",
      "an iterator hands out messages one by one",
      "messages come in the order of their sequence numbers; an abandoned one comes again first",
    ],
  },
  {
    row: "Receiver links: credit equals the messages asked for; drain is answered at once",
    rules: [
      "a receive that finds fewer than it asked for returns what there is, and the rest can be had later",
      "a receive on an empty queue returns nothing and leaves no credit behind",
      "a receiver that waits gets a message as soon as it is sent",
    ],
  },
  {
    row: "Receivers that subscribe",
    rules: [
      "subscribe() hands out messages as they come, and completes those whose handler returns",
      "subscribe(): a message whose handler fails is abandoned and comes again, with its count raised",
      "subscribe() that is closed hands out no more",
      "subscribe() tells its error handler of an entity that does not exist",
      "a session receiver can subscribe to its session's messages",
      "a lost session ends its subscriber's link with SessionLockLost",
    ],
  },
  {
    row: "Delivery tag and annotations: lock token, sequence number, enqueued time, locked until, state, partition key",
    rules: [
      "a received message has a lock token and the time that its lock ends, a minute unless set otherwise",
      "a message sent is received with its properties, application properties and body",
      "peek returns locked, deferred and scheduled messages too, and says their state",
      "messages of one partition key share a partition and keep their order",
    ],
  },
  {
    row: "Settlement on the link: complete, abandon, defer, dead-letter, with properties",
    rules: [
      "complete removes the message",
      "abandon gives it back with its delivery count raised, and sets the properties it is given",
      "dead-letter moves it, with reason, description and properties, and it keeps its sequence number",
      "a deferred message is received by its number only, and can then be settled",
      "two hundred settlements at once on one link all take effect",
    ],
  },
  {
    row: "A settlement that fails is message-lock-lost",
    rules: [
      "settling after the lock ran out is MessageLockLost, for every settlement",
      "a lock that ran out is lost also when the message was locked anew by another",
    ],
  },
  {
    row: "A receiver whose link is gone settles through $management",
    rules: [
      "a message whose receiver is gone can be completed",
      "a message whose receiver is gone can be abandoned, with properties",
      "a message whose receiver is gone can be deferred, with properties",
      "a message whose receiver is gone can be dead-lettered, with reason, description and properties",
      "settling through $management after the lock ran out is MessageLockLost, for every settlement",
    ],
  },
  {
    row: "$management: renew-lock",
    rules: [
      "renewing a lock keeps the message from others and returns the new time",
      "a lock can be renewed again and again, far beyond its duration",
      "renewing a lock that ran out is MessageLockLost",
      "a lock is renewed when its receiver is gone",
      "the lock of a deferred message can be renewed",
    ],
  },
  {
    row: "$management: receive-by-sequence-number and deferral",
    rules: [
      "a deferred message is received by its number only, and can then be settled",
      "an abandoned deferred message stays deferred, with its count raised",
      "a deferred message can be deferred again, with properties",
      "a deferred message that is dead-lettered moves, and is active there",
      "a deferred message that is received is locked: nobody else gets it until the lock ends",
      "several deferred messages are received by one call",
      "receiving a message by its number is MessageNotFound when it is active, or gone, or was never there",
      "a deferred message can be received and deleted",
      "a deferred message that expires stays until it is asked for, and is dead-lettered then",
    ],
  },
  {
    row: "$management: get-message-sessions",
    rules: ["the sessions of an entity are listed in pages, those with messages or a state"],
  },
  {
    row: "$management: batch-delete-messages",
    rules: [
      "what was enqueued before a time is deleted, oldest first, at most as many as asked; locked messages stay",
      "a dead-letter queue is purged by batch deletes until nothing is left",
      "a batch delete of more than 4,000 messages is an ArgumentError",
    ],
  },
  {
    row: "Sessions: order, one holder, the next free one, and none: timeout",
    rules: [
      "a session's messages come in order, and only to its holder",
      "a held session is SessionCannotBeLocked for another",
      "a session without messages can be held, and gets those that come",
      "the next free session is one with messages that nobody holds",
      "waiting for the next session ends with the first message of one",
      "no free session within the wait is ServiceTimeout",
      "closing the holder frees the session before its lock ends, without counting a delivery",
      "a subscription has sessions too",
    ],
  },
  {
    row: "Sessions: settlement, peek, deferral",
    rules: [
      "every settlement works on a session's messages, deferral too",
      "a session receiver peeks its own session only, deferred messages too",
    ],
  },
  {
    row: "Sessions: lock, renewal and its loss",
    rules: [
      "a session's lock that runs out counts a delivery, and settling is SessionLockLost",
      "receiving from a session whose lock ran out is SessionLockLost",
      "renewing a lost session, and reading or setting its state, are SessionLockLost",
      "renewing the session keeps it and its messages, and returns the new time",
      "the last lost session lock of a message dead-letters it with MaxDeliveryCountExceeded",
      "renewing or setting the state of a session that nobody holds is SessionLockLost",
    ],
  },
  {
    row: "Sessions: state",
    rules: [
      "a session keeps a state, apart from its messages, until it is cleared",
      "the states of two sessions are apart",
      "a session state of more than 256 KB is MessageSizeExceeded, and the last state stays",
    ],
  },
  {
    row: "Sessions: what does not fit the entity is refused",
    rules: [
      "a send without a session id is an InvalidOperationError, and a batch with one such is refused whole",
      "a plain receiver on an entity with sessions is an InvalidOperationError",
      "a session of an entity without sessions is SessionCannotBeLocked",
      "the next session of an entity without sessions is an InvalidOperationError",
    ],
  },
  {
    row: "Errors: entity not found",
    rules: [
      "sending to an entity that does not exist is MessagingEntityNotFound",
      "an entity that does not exist is MessagingEntityNotFound, to receive, to peek and in its sub-queue",
      "an entity that vanishes closes the links to it, and is not found from then on",
      "scheduling on an entity that does not exist is MessagingEntityNotFound",
      "rules of a subscription that does not exist are MessagingEntityNotFound",
      "subscribe() tells its error handler of an entity that does not exist",
    ],
  },
  {
    row: "Errors: entity disabled",
    rules: [
      "SendDisabled: a send is MessagingEntityDisabled, receiving goes on",
      "ReceiveDisabled: a receive is MessagingEntityDisabled, sending goes on",
      "Disabled: sends, receives and peeks are MessagingEntityDisabled, until it is Active again",
      "a subscription that is ReceiveDisabled still collects",
    ],
  },
  {
    row: "Errors: message too large, quota exceeded, server busy, lock lost",
    rules: [
      "a message larger than the entity takes is MessageSizeExceeded; others still go through",
      "a full entity refuses a send with QuotaExceeded",
      "a busy service refuses sends, peeks, receives and management calls with ServiceBusy, and goes on afterwards",
      "settling after the lock ran out is MessageLockLost, for every settlement",
    ],
  },
  {
    row: "Connections that break the protocol, half-open ones, a thousand of them",
    rules: [],
    elsewhere: "wire-hostile.int.test.ts",
  },
  {
    row: "Config.json of Microsoft's emulator",
    rules: [],
    elsewhere: "read by emulator-config.ts; not seen through the client",
  },
];
