import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./paths.mjs";

const lockFile = join(root, ".data", "start.lock");

/**
 * The `npm start` that runs from this checkout now, if any.
 * @returns {{ pid: number, url: string | null } | null}
 */
export function liveStart(file = lockFile) {
  try {
    const lock = JSON.parse(readFileSync(file, "utf8"));
    return isStart(lock.pid) ? lock : null;
  } catch {
    return null;
  }
}

/**
 * Takes the lock, or answers who has it. Two starts would write one another's data.
 * @returns {{ pid: number, url: string | null } | null} null: it is ours now
 */
export function takeStartLock(file = lockFile) {
  mkdirSync(dirname(file), { recursive: true });
  for (;;) {
    try {
      writeFileSync(file, JSON.stringify({ pid: process.pid, url: null }), { flag: "wx" });
      return null;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
      const other = liveStart(file);
      if (other !== null) return other;
      rmSync(file, { force: true });
    }
  }
}

/** @param {string} url */
export function noteAddress(url, file = lockFile) {
  writeFileSync(file, JSON.stringify({ pid: process.pid, url }));
}

export function releaseStartLock(file = lockFile) {
  rmSync(file, { force: true });
}

/**
 * A process id may be in use again by another program, after a restart of a container above all.
 * @param {number} pid
 */
function isStart(pid) {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) !== "EPERM") return false;
  }
  try {
    return /start\.(mjs|ts)/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
  } catch {
    return process.platform !== "linux";
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return /** @type {NodeJS.ErrnoException} */ (error).code;
}
