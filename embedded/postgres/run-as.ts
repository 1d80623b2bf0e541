import { type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, chown, cp, lstat, mkdir, stat } from "node:fs/promises";
import { userInfo } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { PostgresBinaries } from "./locate-binaries";

/** The user "nobody": PostgreSQL refuses to run as root. */
const NOBODY = 65534;

/**
 * How PostgreSQL's programs are run, decided once:
 * - plain: we are an ordinary user, nothing to do;
 * - nobody: we are root and "nobody" can reach both programs and data: change the user;
 * - mapped: we appear as "nobody" to the program, and stay who we are to files: root whose checkout lies in a folder that
 *   only root may enter, or a user whose number has no name, as in many containers, which initdb refuses;
 * - copied: as before, where the kernel allows no such mapping (most containers): programs and data live in /var/tmp.
 */
export type RunMode = "plain" | "nobody" | "mapped" | "copied";

export interface RunAs {
  readonly mode: RunMode;
  readonly binaries: PostgresBinaries;
  /** Where the cluster's files are. */
  readonly folder: string;
  /** Command, arguments and options to spawn a program with. */
  command(program: string, args: readonly string[]): { file: string; args: string[]; options: SpawnOptions };
  /** The user id that the cluster's files must have; null: our own, whatever it is. */
  readonly owner: number | null;
}

const MAP = ["--user", `--map-user=${NOBODY}`, `--map-group=${NOBODY}`];

/** `force` is for tests of the ways that this machine would not take by itself. */
export async function chooseRunAs(
  binaries: PostgresBinaries,
  dataDir: string,
  copyFolder: string,
  force?: RunMode,
): Promise<RunAs> {
  const mode = force ?? (await decide(binaries, dataDir));
  switch (mode) {
    case "plain":
      return {
        mode,
        binaries,
        folder: dataDir,
        owner: null,
        command: (file, args) => ({ file, args: [...args], options: {} }),
      };
    case "nobody":
      await chmod(dataDir, 0o711);
      return { mode, binaries, folder: dataDir, ...asNobody };
    case "mapped":
      return {
        mode,
        binaries,
        folder: dataDir,
        owner: process.getuid?.() ?? null,
        command: (program, args) => ({ file: "unshare", args: [...MAP, program, ...args], options: {} }),
      };
    case "copied": {
      const home = await ownFolder(copyFolder);
      const folder = await ownFolder(join(home, createHash("sha256").update(dataDir).digest("hex").slice(0, 16)));
      return { mode, binaries: await copyBinaries(binaries, home), folder, ...asNobody };
    }
  }
}

const asNobody: Pick<RunAs, "command" | "owner"> = {
  owner: NOBODY,
  command: (file, args) => ({ file, args: [...args], options: { uid: NOBODY, gid: NOBODY, cwd: "/" } }),
};

/** Gives a file or folder, with all in it, to the user that the programs run as; it may have been another one before. */
export async function handOver(as: RunAs, path: string): Promise<void> {
  if (as.owner === null || (await stat(path)).uid === as.owner) return;
  const result = spawnSync("chown", ["-R", `${as.owner}:${as.owner}`, path], { encoding: "utf8" });
  if (result.status !== 0) throw new Error(`The owner of ${path} could not be changed: ${result.stderr}`);
}

async function decide(binaries: PostgresBinaries, dataDir: string): Promise<RunMode> {
  if (process.getuid?.() !== 0) return hasName() ? "plain" : "mapped";
  const reachable = (await othersMayEnter(dirname(dataDir))) && (await runsAsNobody(binaries.postgres));
  if (reachable) return "nobody";
  const mapped = spawnSync("unshare", [...MAP, binaries.postgres, "--version"], { stdio: "ignore" });
  return mapped.status === 0 ? "mapped" : "copied";
}

function hasName(): boolean {
  try {
    userInfo();
    return true;
  } catch {
    return false;
  }
}

async function othersMayEnter(folder: string): Promise<boolean> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (((await stat(at)).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

function runsAsNobody(program: string): Promise<boolean> {
  return new Promise((done) => {
    const child = spawn(program, ["--version"], { uid: NOBODY, gid: NOBODY, cwd: "/", stdio: "ignore" });
    // A program that cannot be reached fails to spawn; one that lacks a library starts, and is told about later.
    child.on("error", () => done(false));
    child.on("exit", () => done(true));
  });
}

/** /var/tmp is everybody's: a folder that somebody else put there is not used. */
async function ownFolder(path: string): Promise<string> {
  await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  const found = await lstat(path);
  if (!found.isDirectory() || ![0, NOBODY].includes(found.uid)) {
    throw new Error(`${path} is needed for the embedded PostgreSQL but belongs to somebody else. Remove it.`);
  }
  await chown(path, NOBODY, NOBODY);
  return path;
}

async function copyBinaries(binaries: PostgresBinaries, home: string): Promise<PostgresBinaries> {
  const version = createHash("sha256")
    .update(`${(await stat(binaries.postgres)).mtimeMs}`)
    .digest("hex")
    .slice(0, 16);
  const root = join(home, `programs-${version}`);
  if (!existsSync(join(root, "complete"))) {
    await cp(binaries.root, root, { recursive: true, verbatimSymlinks: true });
    spawnSync("chmod", ["-R", "a+rX", root]);
    await mkdir(join(root, "complete"), { recursive: true });
  }
  return { root, initdb: join(root, "bin", "initdb"), postgres: join(root, "bin", "postgres") };
}
