import type { ErrorBody } from "@/lib/contracts/common";
import { APP_ERROR_STATUS, AppError, type AppErrorCode } from "@/lib/domain/app-error";
import { describeError } from "./describe-error";

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
  return {
    status: 500,
    error: {
      code: "internal",
      message: "Something failed inside the console. The log has the details under this request id.",
    },
    log: { code: "internal", err: describeError(error) },
  };
}

function known(code: AppErrorCode, message: string, error: unknown): Failure {
  return { status: APP_ERROR_STATUS[code], error: { code, message }, log: { code, err: describeError(error) } };
}

/** Codes of node's sockets and of Prisma for a database that cannot be reached, refuses, or has no free connection. */
const DOWN = [
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "ETIMEDOUT",
  "P1000",
  "P1001",
  "P1002",
  "P1008",
  "P1017",
  "P2024",
  "57P01",
  "57P03",
  "53300",
];

function isDatabaseDown(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { code } = at as { code?: unknown };
    if (typeof code === "string" && DOWN.includes(code)) return true;
  }
  return false;
}
