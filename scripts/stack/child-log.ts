import { closeSync, existsSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";

export interface ChildLog {
  readonly file: string;
  /** Called with each whole line of the standard output. */
  onLine: (line: string) => void;
  write(stream: "out" | "err", chunk: Buffer): void;
  tail(): string;
  close(): void;
}

const MAX_BYTES = 10 * 1024 * 1024;
const TAIL_LINES = 15;
/** A warning that is told again and again is shown once in this time. */
const QUIET_MS = 60_000;
const SHOWN_LENGTH = 300;

/**
 * Writes what a child says to <logs>/<name>.log, of which one older part of 10 MB is kept, and passes warnings and
 * errors on to the terminal. Our own processes write pino's JSON lines, where 40 is a warning; others write plain text.
 */
export function openChildLog(options: { name: string; logs: string; warn: (line: string) => void }): ChildLog {
  const file = join(options.logs, `${options.name}.log`);
  let descriptor = openSync(file, "a", 0o600);
  let size = existsSync(file) ? statSync(file).size : 0;
  const recent: string[] = [];
  const partial = { out: "", err: "" };
  const shownAt = new Map<string, number>();

  const take = (line: string, stream: "out" | "err", log: ChildLog) => {
    if (line === "") return;
    recent.push(line);
    if (recent.length > TAIL_LINES) recent.shift();
    if (stream === "out") log.onLine(line);
    const warning = warningIn(line, stream);
    if (warning === null || performance.now() - (shownAt.get(warning) ?? Number.NEGATIVE_INFINITY) < QUIET_MS) return;
    shownAt.set(warning, performance.now());
    options.warn(`[${options.name}] ${warning}`);
  };
  const log: ChildLog = {
    file,
    onLine: () => {},
    write: (stream, chunk) => {
      if (size > MAX_BYTES) {
        closeSync(descriptor);
        renameSync(file, join(options.logs, `${options.name}.older.log`));
        descriptor = openSync(file, "a", 0o600);
        size = 0;
      }
      writeSync(descriptor, chunk);
      size += chunk.length;
      const lines = (partial[stream] + chunk.toString("utf8")).split("\n");
      partial[stream] = lines.pop() ?? "";
      for (const line of lines) take(line.trimEnd(), stream, log);
    },
    tail: () => recent.map((line) => `  ${line}`).join("\n"),
    close: () => {
      for (const stream of ["out", "err"] as const) take(partial[stream], stream, log);
      closeSync(descriptor);
    },
  };
  return log;
}

/** The short form of a line that a person should see; null for the rest. */
export function warningIn(line: string, stream: "out" | "err"): string | null {
  if (line.startsWith("{")) {
    try {
      const event = JSON.parse(line) as {
        level?: unknown;
        msg?: unknown;
        err?: { message?: unknown };
        error?: unknown;
      };
      if (typeof event.level !== "number" || event.level < 40) return null;
      const why = event.err?.message ?? event.error;
      const cause = typeof why === "string" ? `: ${why}` : "";
      const text = `${event.level >= 50 ? "error" : "warning"}: ${String(event.msg ?? "")}${cause}`;
      return text.replaceAll(/\s+/g, " ").slice(0, SHOWN_LENGTH);
    } catch {
      return null;
    }
  }
  if (stream === "err" && /^\s*(Error|\w+Error|error|warning|⨯|⚠)[: ]/i.test(line))
    return line.trim().slice(0, SHOWN_LENGTH);
  return null;
}
