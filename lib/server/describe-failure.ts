import type { ErrorBody } from "@/lib/contracts/common";
import { APP_ERROR_STATUS, AppError, type AppErrorCode } from "@/lib/domain/app-error";
import { isDatabaseDown } from "@/lib/store/is-database-down";
import { isTooSlow } from "@/lib/store/is-too-slow";

export interface Failure {
  readonly status: number;
  readonly error: ErrorBody["error"];
  /** What the log line says of it beside the status. */
  readonly log: Record<string, unknown>;
}

/** What of an error a person may see, and what the log keeps. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof AppError) {
    return {
      status: APP_ERROR_STATUS[error.code],
      error: {
        code: error.code,
        message: error.message,
        ...(error.fields === undefined ? {} : { fields: { ...error.fields } }),
      },
      log: { code: error.code },
    };
  }
  if (isDatabaseDown(error)) {
    return known(
      "unavailable",
      "The database does not answer. Try again in a moment; see the log when it stays so.",
      error,
    );
  }
  if (isTooSlow(error)) {
    return known(
      "unprocessable",
      "This took longer than a page may wait, and was ended. Narrow it: a queue, a rarer word, an exact value or a time.",
      error,
    );
  }
  return {
    status: 500,
    error: {
      code: "internal",
      message: "Something failed inside the console. The log has the details under this request id.",
    },
    log: { code: "internal", err: error },
  };
}

function known(code: AppErrorCode, message: string, error: unknown): Failure {
  return { status: APP_ERROR_STATUS[code], error: { code, message }, log: { code, err: error } };
}
