import { BrokerError } from "../broker";
import { type Attempt, toBrokerError } from "./broker-errors";

/** What ends a call before its time. */
export interface Stops {
  /** The broker is being closed. */
  readonly closing: AbortSignal;
  /** The connection or link that would bring the answer is lost: the client library itself would wait on. */
  readonly lost?: AbortSignal;
}

/**
 * Runs one call of the client library: ends it after `ms` or at one of its stops, and turns whatever it throws into a
 * `BrokerError`. The library may ignore the signal; its answer is then no longer waited for.
 */
export async function withDeadline<T>(
  attempt: Attempt,
  ms: number,
  { closing, lost }: Stops,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const where = `${attempt.what} in namespace "${attempt.namespace}"`;
  // Nothing was begun, so nothing can have taken effect.
  if (closing.aborted) throw new BrokerError("aborted", `${where} was not begun: the connection is closed.`);
  if (lost?.aborted)
    throw new BrokerError("unreachable", `${where} was not begun: the link is lost.`, { transient: true });
  const abort = new AbortController();
  let reject: (error: BrokerError) => void = () => {};
  const ended = new Promise<never>((_resolve, rejectEnded) => {
    reject = rejectEnded;
  });
  const end = (code: "timeout" | "aborted" | "unreachable", why: string): void => {
    reject(new BrokerError(code, `${where} ${why}`, { doubt: attempt.hasEffect ?? false, transient: true }));
    abort.abort();
  };
  const onClosing = (): void => end("aborted", "was stopped: the connection is being closed.");
  const onLost = (): void => end("unreachable", "had no answer: the connection was lost. It is tried again.");
  const timer = setTimeout(() => end("timeout", `had no answer within ${Math.round(ms / 100) / 10} s.`), ms);
  closing.addEventListener("abort", onClosing);
  lost?.addEventListener("abort", onLost);
  try {
    return await Promise.race([call(abort.signal), ended]);
  } catch (error) {
    throw toBrokerError(error, attempt);
  } finally {
    clearTimeout(timer);
    closing.removeEventListener("abort", onClosing);
    lost?.removeEventListener("abort", onLost);
  }
}
