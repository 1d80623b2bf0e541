/** AMQP error conditions that the service answers with, as its client libraries know them. */
export type FaultCondition =
  | "amqp:not-found"
  | "amqp:unauthorized-access"
  | "amqp:not-allowed"
  | "amqp:not-implemented"
  | "amqp:decode-error"
  | "amqp:invalid-field"
  | "amqp:internal-error"
  | "amqp:resource-limit-exceeded"
  | "amqp:resource-locked"
  | "amqp:link:message-size-exceeded"
  | "amqp:link:detach-forced"
  | "amqp:link:stolen"
  | "amqp:connection:forced"
  | "com.microsoft:server-busy"
  | "com.microsoft:timeout"
  | "com.microsoft:operation-cancelled"
  | "com.microsoft:argument-error"
  | "com.microsoft:entity-disabled"
  | "com.microsoft:entity-already-exists"
  | "com.microsoft:message-lock-lost"
  | "com.microsoft:session-lock-lost"
  | "com.microsoft:session-cannot-be-locked"
  | "com.microsoft:message-not-found"
  | "com.microsoft:auth-failed";

/** What the broker refuses, in the words that go on the wire. */
export class BrokerFault extends Error {
  override readonly name = "BrokerFault";
  readonly condition: FaultCondition;

  constructor(condition: FaultCondition, description: string) {
    super(description);
    this.condition = condition;
  }
}

export function entityNotFound(path: string): BrokerFault {
  return new BrokerFault(
    "amqp:not-found",
    `The messaging entity '${path}' could not be found. To know more visit https://aka.ms/sbResourceMgrExceptions.`,
  );
}

export function messageLockLost(): BrokerFault {
  return new BrokerFault(
    "com.microsoft:message-lock-lost",
    "The lock supplied is invalid. Either the lock expired, or the message has already been removed from the queue, or was received by a different receiver instance.",
  );
}

export function sessionLockLost(sessionId: string): BrokerFault {
  return new BrokerFault(
    "com.microsoft:session-lock-lost",
    `The session lock has expired on the MessageSession. Accept a new MessageSession. Session: '${sessionId}'.`,
  );
}

export function messageTooLarge(delivery: number, size: number, limit: number): BrokerFault {
  return new BrokerFault(
    "amqp:link:message-size-exceeded",
    `The received message (delivery-id:${delivery}, size:${size} bytes) exceeds the limit (${limit} bytes) currently allowed on the link.`,
  );
}

export function entityDisabled(path: string): BrokerFault {
  return new BrokerFault("com.microsoft:entity-disabled", `Messaging entity '${path}' is currently disabled.`);
}
