import { type Logger, pino } from "pino";
import { describeError } from "@/lib/domain/describe-error";
import { configuration } from "./configuration";

const KEY = Symbol.for("dlq-console.log");
const processWide = globalThis as { [KEY]?: Logger };

/** The web process's log: one JSON line per request on standard output, never with payload bytes or secrets. */
export function log(): Logger {
  processWide[KEY] ??= pino({
    level: configuration().logLevel,
    base: { process: "web", pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    // Applied to every `err`; it knows what must not be written.
    serializers: { err: describeError },
  });
  return processWide[KEY];
}
