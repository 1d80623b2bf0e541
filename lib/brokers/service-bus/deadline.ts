import { BrokerError } from "../broker";
import { type Attempt, toBrokerError } from "./broker-errors";

/**
 * Runs one call of the client library: ends it after `ms` or when `closing` is aborted, and turns whatever it throws into
 * a `BrokerError`. The library may ignore the signal; its answer is then no longer waited for.
 */
export async function withDeadline<T>(
  attempt: Attempt,
  ms: number,
  closing: AbortSignal,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  let end: (error: BrokerError) => void = () => {};
  const ended = new Promise<never>((_resolve, reject) => {
    end = (error) => {
      reject(error);
      abort.abort();
    };
  });
  const failed = (code: "timeout" | "aborted", why: string): void => {
    const words = `${attempt.what} in namespace "${attempt.namespace}" ${why}`;
    end(new BrokerError(code, words, { doubt: attempt.hasEffect ?? false, transient: true }));
  };
  const onClosing = (): void => failed("aborted", "was stopped: the connection is being closed.");
  const timer = setTimeout(() => failed("timeout", `had no answer within ${Math.round(ms / 100) / 10} s.`), ms);
  try {
    if (closing.aborted) {
      // Nothing was begun, so nothing can have taken effect.
      throw new BrokerError(
        "aborted",
        `${attempt.what} in namespace "${attempt.namespace}" was not begun: the connection is closed.`,
      );
    }
    closing.addEventListener("abort", onClosing);
    return await Promise.race([call(abort.signal), ended]);
  } catch (error) {
    throw toBrokerError(error, attempt);
  } finally {
    clearTimeout(timer);
    closing.removeEventListener("abort", onClosing);
  }
}
