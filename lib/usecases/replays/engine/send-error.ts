import { BrokerError } from "@/lib/brokers/broker";

/** What follows from a send that failed. */
export type SendFailure =
  /** It may have arrived (R5). */
  | { readonly kind: "doubt"; readonly words: string }
  /** The broker refuses these bytes for good; of a batch, some message of it. */
  | { readonly kind: "refused-message"; readonly words: string }
  /** No send to this target can succeed until a person has changed something. */
  | { readonly kind: "refused-target"; readonly words: string }
  /** Not taken now; try again later. */
  | { readonly kind: "later"; readonly words: string /** The sender is of no more use. */; readonly reopen: boolean };

const BUSY = "the broker is busy";

export function judgeSendError(error: unknown, target: string): SendFailure {
  if (!(error instanceof BrokerError))
    return { kind: "doubt", words: `the send to ${target} failed: ${String(error)}` };
  if (error.doubt) return { kind: "doubt", words: `the broker's answer to the send is not known: ${error.message}` };
  switch (error.code) {
    case "too-large":
    case "invalid-message":
      return { kind: "refused-message", words: `the broker refuses it: ${error.message}` };
    case "entity-not-found":
      return { kind: "refused-target", words: `${target} does not exist in the namespace: ${error.message}` };
    case "unauthorized":
      return { kind: "refused-target", words: `the credentials may not send to ${target}: ${error.message}` };
    case "not-supported":
      return { kind: "refused-target", words: `${target} cannot be sent to: ${error.message}` };
    // Somebody may be reading: room comes back by itself.
    case "quota-exceeded":
      return { kind: "later", words: `${target} is full: ${error.message}`, reopen: false };
    case "server-busy":
      return { kind: "later", words: BUSY, reopen: false };
    case "unreachable":
    case "timeout":
    case "aborted":
    case "lock-lost":
      return { kind: "later", words: `the broker cannot be reached: ${error.message}`, reopen: true };
    case "unknown":
      return error.transient
        ? { kind: "later", words: error.message, reopen: true }
        : { kind: "refused-message", words: `the broker refuses it: ${error.message}` };
  }
}

/** What follows from a sender that could not be opened: nothing was written. */
export function judgeOpening(error: unknown, target: string): Exclude<SendFailure, { kind: "doubt" }> {
  const words = `${target} cannot be reached: ${error instanceof Error ? error.message : String(error)}`;
  if (!(error instanceof BrokerError)) return { kind: "later", words, reopen: true };
  switch (error.code) {
    case "entity-not-found":
      return { kind: "refused-target", words: `${target} does not exist in the namespace: ${error.message}` };
    case "unauthorized":
      return { kind: "refused-target", words: `the credentials may not send to ${target}: ${error.message}` };
    // It was reached, and has answered.
    case "server-busy":
      return { kind: "later", words: BUSY, reopen: true };
    default:
      return { kind: "later", words, reopen: true };
  }
}
