/** The one error class of use cases: a code from this table, a message safe to show. lib/server maps codes to HTTP. */

export const APP_ERROR_STATUS = {
  "invalid-input": 400,
  "not-signed-in": 401,
  forbidden: 403,
  "not-found": 404,
  conflict: 409,
  "state-changed": 409,
  "too-large": 413,
  unprocessable: 422,
  "too-many-requests": 429,
  unavailable: 503,
} as const;
export type AppErrorCode = keyof typeof APP_ERROR_STATUS;

export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: AppErrorCode;
  /** Field errors by path. */
  readonly fields: Readonly<Record<string, string>> | undefined;

  /** `message` says what happened, where, and what to do; it is shown to the person. */
  constructor(code: AppErrorCode, message: string, fields?: Readonly<Record<string, string>>) {
    super(message);
    this.code = code;
    this.fields = fields;
  }
}
