import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.mjs";

/** A step of the preparation failed; the message is for the person at the terminal. */
export class PrepareError extends Error {}

/** @param {number} since from performance.now() */
export function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

/**
 * Tells one step in words, runs it, and tells how long it took.
 * @template T
 * @param {string} words
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(words, work) {
  const began = performance.now();
  process.stdout.write(`${words} … `);
  try {
    const result = await work();
    process.stdout.write(`${seconds(began)}\n`);
    return result;
  } catch (error) {
    process.stdout.write("failed\n");
    throw error;
  }
}

/**
 * Runs a program of Node.js with its output in .data/logs/<log>.log. Rejects with `PrepareError`, the advice and the
 * last lines of the output.
 * @param {{ log: string, args: string[], env?: Record<string, string | undefined>, advice: string }} job
 */
export async function runQuietly(job) {
  const logs = join(root, ".data", "logs");
  mkdirSync(logs, { recursive: true });
  const file = join(logs, `${job.log}.log`);
  const log = createWriteStream(file, { mode: 0o600 });
  let tail = "";
  const child = spawn(process.execPath, job.args, {
    cwd: root,
    env: { ...process.env, ...job.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      log.write(chunk);
      tail = (tail + chunk).slice(-4000);
    });
  }
  // Told to end, we end the program too; the terminal tells it by itself, `kill` does not.
  const end = () => {
    child.kill();
    process.exit(1);
  };
  const signals = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);
  for (const signal of signals) process.once(signal, end);
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exit, signal) => resolve(exit ?? signal));
  });
  for (const signal of signals) process.off(signal, end);
  await new Promise((resolve) => log.end(() => resolve(undefined)));
  if (code !== 0) throw new PrepareError(`${tail.trimEnd()}\n\n${job.advice}\nThe whole output is in ${file}.`);
}
