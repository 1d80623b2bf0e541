const MESSAGE_LENGTH = 300;
const STACK_LINES = 12;

/**
 * What of an error goes into the log: its kind, code, the head of its message and where it was thrown. Libraries put
 * statements and their values into long messages, and those may be payloads, so the rest is left out.
 */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code } = error as { code?: unknown };
  // The stack begins with the whole message, whose lines may look like frames.
  const stack = error.stack ?? "";
  const places = stack.slice(Math.max(0, stack.indexOf(error.message)) + error.message.length);
  const frames = places.split("\n").filter((line) => /^\s+at /.test(line));
  return {
    type: error.name,
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    message: readable(error.message),
    stack: frames.slice(0, STACK_LINES).map((line) => line.trim()),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}

/** PostgreSQL quotes the value that it could not read; everything from there on goes. */
const QUOTED_VALUE = /(invalid (?:input|byte)[^:]*:|out of range[^:]*:).*/s;

function readable(message: string): string {
  const text = message.trim().replace(QUOTED_VALUE, "$1 …");
  return text.length > MESSAGE_LENGTH ? `${text.slice(0, MESSAGE_LENGTH)}…` : text;
}
