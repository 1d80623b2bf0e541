import { join } from "node:path";
import { root } from "./prepare/paths.mjs";
import { noteAddress, releaseStartLock, takeStartLock } from "./prepare/start-lock.mjs";
import { aborted } from "./stack/child";
import { choosePort } from "./stack/choose-port";
import { decideParts, type Parts } from "./stack/decide-parts";
import { namesNamespaces } from "./stack/names-namespaces";
import { runStack, type Stack, type Tell } from "./stack/run-stack";
import type { StartFlags } from "./start-flags.mjs";

/** npm passes a signal on that the terminal has also sent us: two within this time are one. */
const SAME_SIGNAL_MS = 500;

/**
 * Runs the console until it is told to end, or until a part has ended that it cannot do without. Returns the exit code.
 * @param began when the command was given, from performance.now()
 */
export async function start(flags: StartFlags, began: number): Promise<number> {
  const data = join(root, ".data");
  const namespaces = namesNamespaces(process.env);
  if (typeof namespaces === "string") return refuse(namespaces);
  const decision = decideParts({ databaseUrl: Boolean(process.env.DATABASE_URL), namespaces, flags });
  if ("refused" in decision) return refuse(decision.refused);
  try {
    const other = takeStartLock();
    if (other !== null) {
      return refuse(
        `npm start runs already from this checkout (process ${other.pid}${other.url === null ? "" : `, ${other.url}`}). End it first, or use another checkout.`,
      );
    }
  } catch (error) {
    return refuse(
      `${data} cannot be written (${(error as Error).message}). If it was made by another user, start as that user or remove it.`,
    );
  }
  try {
    return await runUntilEnd(decision.parts, flags, data, began);
  } finally {
    releaseStartLock();
  }
}

async function runUntilEnd(parts: Parts, flags: StartFlags, data: string, began: number): Promise<number> {
  const ending = waitForSignals();
  let stack: Stack | null = null;
  void ending.second.then(() => {
    stack?.kill();
    // Whatever is only just being started ends by itself when its input closes.
    process.exit(1);
  });
  try {
    const port = await choosePort(process.env.PORT);
    stack = await runStack({
      parts,
      data,
      port,
      sampleScale: "full",
      durable: true,
      dev: flags.dev,
      env: process.env,
      tell,
      signal: ending.signal,
    });
    noteAddress(stack.url);
    describe(stack, parts, performance.now() - began);
    const reason = await Promise.race([stack.broken, aborted(ending.signal).then(() => null)]);
    if (reason !== null) console.error(`\n${reason}\nThe rest is ended too.`);
    await stack.stop();
    console.log("All parts have ended; the data is kept.");
    return reason === null ? 0 : 1;
  } catch (error) {
    if (ending.signal.aborted) {
      console.log("All parts have ended.");
      return 0;
    }
    return refuse(error instanceof Error ? error.message : String(error));
  } finally {
    ending.close();
  }
}

const tell: Tell = {
  done: (what, milliseconds) =>
    console.log(`${what}${milliseconds > 0 ? ` … ${(milliseconds / 1000).toFixed(1)} s` : ""}`),
  warn: (line) => console.error(line),
};

function refuse(message: string): number {
  console.error(`\n${message}`);
  return 1;
}

function describe(stack: Stack, parts: Parts, milliseconds: number): void {
  const lines = ["", `DLQ Console is ready after ${(milliseconds / 1000).toFixed(1)} s:  ${stack.url}`, ""];
  if (stack.accounts.length > 0) {
    lines.push("Accounts of this checkout, one for each role (kept in .data/secrets.json):");
    for (const { account, password } of stack.accounts) lines.push(`  ${account.padEnd(10)} ${password}`);
    lines.push("");
  }
  if (parts.database === "embedded" && stack.metricsToken !== null) {
    lines.push(
      "Figures for Prometheus:",
      `  curl -H "Authorization: Bearer ${stack.metricsToken}" ${stack.url}/metrics`,
      "",
    );
  }
  if (stack.sampleUrl !== null) {
    lines.push(
      "The sample's consumers have faults. To deploy the fix of one, so that a replay of its dead letters succeeds:",
      `  ${stack.sampleUrl}   or: npm run sample -- list, npm run sample -- fix <consumer>`,
      "",
    );
  }
  lines.push("Logs are in .data/logs. Ctrl-C ends everything; the data stays.");
  console.log(lines.join("\n"));
}

/** Ctrl-C, SIGTERM and the end of the terminal or of npm; a second one is told apart from an echo of the first. */
function waitForSignals(): { signal: AbortSignal; second: Promise<void>; close: () => void } {
  const first = new AbortController();
  let firstAt = 0;
  let resolveSecond = () => {};
  const second = new Promise<void>((resolve) => {
    resolveSecond = resolve;
  });
  const onSignal = () => {
    if (!first.signal.aborted) {
      firstAt = performance.now();
      console.log("\nEnding … (Ctrl-C again to kill)");
      first.abort();
    } else if (performance.now() - firstAt > SAME_SIGNAL_MS) resolveSecond();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, onSignal);
  // npm may be killed with a shell between it and us that passes nothing on.
  const parent = process.ppid;
  const orphaned =
    process.env.npm_lifecycle_event === undefined
      ? undefined
      : setInterval(() => {
          if (process.ppid === parent) return;
          clearInterval(orphaned);
          onSignal();
        }, 1_000).unref();
  return {
    signal: first.signal,
    second,
    close: () => {
      clearInterval(orphaned);
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
