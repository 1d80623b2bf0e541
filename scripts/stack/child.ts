import { spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { root } from "../prepare/paths.mjs";
import { openChildLog } from "./child-log";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ChildSpec {
  /** "worker": names its log file and its lines on the terminal. */
  readonly name: string;
  /** Arguments of node: options, the program, its arguments. */
  readonly args: readonly string[];
  readonly env: Environment;
  readonly logs: string;
  /** Asked after each line of its standard output until it answers true: then the child is ready. */
  readonly isReady: (line: string) => boolean;
  readonly readyTimeoutMs: number;
  /** A line that the person at the terminal should see. */
  readonly warn: (line: string) => void;
  /** Gives up waiting for it to be ready, and kills it. */
  readonly signal?: AbortSignal;
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  /** How it ended, in words; pending while it runs. */
  readonly ended: Promise<string>;
  /** The last lines of its log. */
  tail(): string;
  /** Asks it to end (SIGTERM); after the grace it is killed with all its own children. */
  stop(graceMs: number): Promise<void>;
  kill(): void;
}

/** A child ended or kept silent before it was ready. The message holds its last lines. */
export class ChildFailed extends Error {
  override readonly name = "ChildFailed";
}

const GUARD = new URL("./end-with-parent.mjs", import.meta.url).href;
/** By its path: the child's own loader is found from wherever the checkout is. */
const TSX = import.meta.resolve("tsx");

/** The arguments that let node run one of our TypeScript programs. */
export function typescript(program: string, args: readonly string[] = []): string[] {
  return ["--import", TSX, fileURLToPath(new URL(`../../${program}`, import.meta.url)), ...args];
}

/**
 * Starts a Node.js program in a process group of its own, so that Ctrl-C in the terminal reaches us alone and we end the
 * parts in their order. Resolves once it is ready; rejects with `ChildFailed`, and then nothing of it is left.
 */
export async function startChild(spec: ChildSpec): Promise<Child> {
  const log = openChildLog(spec);
  const process_ = spawn(process.execPath, ["--import", GUARD, ...spec.args], {
    cwd: root,
    env: spec.env as NodeJS.ProcessEnv,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  process_.stdin.on("error", () => {});
  const ended = new Promise<string>((resolve) => {
    process_.once("error", (error) => resolve(error.message));
    // Not "exit": the last lines of its output, which say why, come after that.
    process_.once("close", (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
  void ended.then(() => log.close());
  const ready = new Promise<"ready">((resolve) => {
    log.onLine = (line) => {
      if (spec.isReady(line)) resolve("ready");
    };
  });
  process_.stdout.on("data", (chunk: Buffer) => log.write("out", chunk));
  process_.stderr.on("data", (chunk: Buffer) => log.write("err", chunk));

  const child: Child = {
    name: spec.name,
    pid: process_.pid ?? 0,
    ended,
    tail: log.tail,
    stop: (graceMs) => stopProcess(process_.pid, ended, graceMs),
    kill: () => signalGroup(process_.pid, "SIGKILL"),
  };
  const timer = new AbortController();
  const late = delay(spec.readyTimeoutMs, "late" as const, { signal: timer.signal }).catch(() => "late" as const);
  const givenUp = aborted(spec.signal).then(() => "given up" as const);
  const first = await Promise.race([ready, ended.then((how) => ({ how })), late, givenUp]);
  timer.abort();
  if (first === "ready") return child;
  child.kill();
  await ended;
  if (first === "given up") throw new ChildFailed(`The ${spec.name} was not waited for.`);
  const how =
    first === "late" ? `was not ready after ${spec.readyTimeoutMs / 1000} s` : `ended with ${first.how} at its start`;
  throw new ChildFailed(`The ${spec.name} ${how}. Its last lines (${log.file}):\n${child.tail()}`);
}

/** Resolves when the signal is given; never without one. */
export function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    else signal?.addEventListener("abort", () => resolve(), { once: true });
  });
}

async function stopProcess(pid: number | undefined, ended: Promise<string>, graceMs: number): Promise<void> {
  if (pid === undefined) return;
  try {
    process.kill(pid, "SIGTERM");
  } catch {
    return;
  }
  const timer = new AbortController();
  const late = delay(graceMs, "late" as const, { signal: timer.signal }).catch(() => "late" as const);
  const first = await Promise.race([ended, late]);
  timer.abort();
  if (first === "late") signalGroup(pid, "SIGKILL");
  await ended;
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended by itself.
  }
}
