import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** Takes connections now. */
  readonly ready: boolean;
}

/** What PostgreSQL's own lock file says: process id, data folder, start time, port, …, state (line 8). Null: no live server. */
export function readPostmaster(cluster: string): Postmaster | null {
  const lines = readLines(cluster);
  const pid = Number(lines?.[0]);
  if (lines === null || !Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return null;
  return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === "ready" };
}

/**
 * PostgreSQL removes its lock file when it ends, and takes over one whose process is gone. It refuses one whose process
 * id is in use again, by whatever program: after a restart of a container that is the usual case. We can tell them apart
 * and remove the file then. An earlier server that is still shutting down is waited for.
 */
export async function removeIfStale(cluster: string, deadline: number): Promise<void> {
  for (;;) {
    const postmaster = readPostmaster(cluster);
    if (postmaster === null) return;
    if (!isPostgres(postmaster.pid)) {
      await rm(join(cluster, "postmaster.pid"), { force: true });
      return;
    }
    if (Date.now() > deadline) {
      throw new Error(
        `A PostgreSQL server (process ${postmaster.pid}) already uses ${cluster}. End it with: kill -INT ${postmaster.pid}`,
      );
    }
    await delay(100);
  }
}

function readLines(cluster: string): string[] | null {
  try {
    return readFileSync(join(cluster, "postmaster.pid"), "utf8").split("\n");
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Where the system does not show other processes' commands, a live process counts as the server. */
function isPostgres(pid: number): boolean {
  try {
    return /postgres/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
  } catch {
    return process.platform !== "linux";
  }
}
