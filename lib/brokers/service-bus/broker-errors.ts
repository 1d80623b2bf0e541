import { BrokerError, type BrokerErrorCode } from "../broker";

/** What was tried, in words that begin an error message: "Sending to orders". */
export interface Attempt {
  readonly what: string;
  readonly namespace: string;
  /** A failure leaves it open whether the operation took effect. */
  readonly hasEffect?: boolean;
}

interface Meaning {
  readonly code: BrokerErrorCode;
  readonly advice: string;
  readonly transient: boolean;
  /** The broker said no: what was tried did not take effect. */
  readonly refused: boolean;
}

const UNREACHABLE: Meaning = {
  code: "unreachable",
  advice: "Check the namespace's address, the network and the firewall; it is tried again.",
  transient: true,
  refused: false,
};
const UNAUTHORIZED: Meaning = {
  code: "unauthorized",
  advice: "The credentials lack the right for it: Listen reads and removes, Send replays, Manage lists and counts.",
  transient: false,
  refused: true,
};
const NOT_FOUND: Meaning = {
  code: "entity-not-found",
  advice: "The entity does not exist, or no longer.",
  transient: false,
  refused: true,
};
const BUSY: Meaning = {
  code: "server-busy",
  advice: "The namespace is throttling: it is tried again more slowly.",
  transient: true,
  refused: true,
};
const TIMEOUT: Meaning = {
  code: "timeout",
  advice: "The broker did not answer in time; it is tried again.",
  transient: true,
  refused: false,
};
const LOCK_LOST: Meaning = {
  code: "lock-lost",
  advice: "The lock on the message ran out or was taken; the message stays in its queue.",
  transient: true,
  refused: true,
};
const DISABLED: Meaning = {
  code: "not-supported",
  advice: "The entity is disabled for this: enable it, then try again.",
  transient: false,
  refused: true,
};

/**
 * What the SDK's codes mean here. An error that carries none of them is "unknown": whether the broker took the operation
 * is open then.
 * Sources: `ServiceBusErrorCode` of @azure/service-bus, `ConditionErrorNameMapper` of @azure/core-amqp, `getErrorCode` of its
 * administration client.
 */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  MessagingEntityNotFound: NOT_FOUND,
  MessageEntityNotFoundError: NOT_FOUND,
  MessageLockLost: LOCK_LOST,
  SessionLockLost: LOCK_LOST,
  MessageNotFound: LOCK_LOST,
  MessageSizeExceeded: {
    code: "too-large",
    advice: "The entity does not take messages of this size.",
    transient: false,
    refused: true,
  },
  MessagingEntityDisabled: DISABLED,
  QuotaExceeded: {
    code: "quota-exceeded",
    advice: "The entity is full, or has too many links; it is tried again when there may be room.",
    transient: true,
    refused: true,
  },
  QuotaExceededError: BUSY,
  ServiceBusy: BUSY,
  ServerBusyError: BUSY,
  SenderBusyError: BUSY,
  ServiceTimeout: TIMEOUT,
  TimeoutError: TIMEOUT,
  ServiceCommunicationProblem: UNREACHABLE,
  SenderNotReadyError: { ...UNREACHABLE, refused: true },
  UnauthorizedAccess: UNAUTHORIZED,
  UnauthorizedRequestError: UNAUTHORIZED,
  AuthenticationError: UNAUTHORIZED,
  AuthenticationRequiredError: UNAUTHORIZED,
  AggregateAuthenticationError: UNAUTHORIZED,
  CredentialUnavailableError: UNAUTHORIZED,
  AbortError: { code: "aborted", advice: "It was stopped.", transient: true, refused: false },
  REQUEST_SEND_ERROR: UNREACHABLE,
  ECONNREFUSED: { ...UNREACHABLE, refused: true },
  ENOTFOUND: { ...UNREACHABLE, refused: true },
  EAI_AGAIN: { ...UNREACHABLE, refused: true },
  EHOSTUNREACH: { ...UNREACHABLE, refused: true },
  ENETUNREACH: { ...UNREACHABLE, refused: true },
  ECONNRESET: UNREACHABLE,
  EPIPE: UNREACHABLE,
  ETIMEDOUT: UNREACHABLE,
  ConnectionForcedError: UNREACHABLE,
  DetachForcedError: UNREACHABLE,
  ConnectionLostError: UNREACHABLE,
  InternalServerError: { ...UNREACHABLE, advice: "The broker had an error of its own; it is tried again." },
  ArgumentError: {
    code: "invalid-message",
    advice: "The broker does not take it as it is.",
    transient: false,
    refused: true,
  },
  NotImplementedError: DISABLED,
  OperationCancelledError: UNREACHABLE,
};

/** Any failure of the SDK as a `BrokerError` that says what failed, where, why and what to do. */
export function toBrokerError(error: unknown, attempt: Attempt): BrokerError {
  if (error instanceof BrokerError) return error;
  const cause = error instanceof AggregateError && error.errors.length > 0 ? error.errors.at(-1) : error;
  const meaning = meaningOf(cause);
  const message = `${attempt.what} in namespace "${attempt.namespace}" failed: ${sentence(cause)}`;
  if (meaning === undefined)
    return new BrokerError("unknown", message, { doubt: attempt.hasEffect ?? false, cause: withoutSecrets(cause) });
  return new BrokerError(meaning.code, `${message} ${meaning.advice}`, {
    doubt: (attempt.hasEffect ?? false) && !meaning.refused,
    transient: meaning.transient,
    cause: withoutSecrets(cause),
  });
}

function meaningOf(error: unknown): Meaning | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, statusCode, name } = error as { code?: unknown; statusCode?: unknown; name: string };
  const byCode = typeof code === "string" ? MEANINGS[code] : undefined;
  if (byCode !== undefined) return byCode;
  // "GeneralError" hides the more exact name in front of its message.
  const hidden = /^(\w+Error): /.exec(error.message)?.[1];
  const byName = (hidden === undefined ? undefined : MEANINGS[hidden]) ?? MEANINGS[name];
  if (byName !== undefined) return byName;
  if (statusCode === 401 || statusCode === 403) return UNAUTHORIZED;
  if (statusCode === 404) return NOT_FOUND;
  if (statusCode === 429 || statusCode === 503) return BUSY;
  return undefined;
}

/** An error with name, words, code and stack alone: those of the administration hold the request with its signature. */
function withoutSecrets(error: unknown): Error {
  const { name, message, stack, code } = (error instanceof Error ? error : new Error(String(error))) as Error & {
    code?: unknown;
  };
  const plain = Object.assign(new Error(message), { name, ...(typeof code === "string" ? { code } : {}) });
  if (stack !== undefined) plain.stack = stack;
  return plain;
}

/** The library's own words as one sentence on one line, without its connection ids. */
function sentence(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text
    .replaceAll(/\s+/g, " ")
    .replaceAll(/\[connection-\d+[^\]]*\]:? ?/g, "")
    .trim()
    .slice(0, 500);
  if (line === "") return "no reason was given.";
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
