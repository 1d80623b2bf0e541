import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, openSync, readFileSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { locateBinaries } from "./locate-binaries";
import { missingLibrary } from "./missing-library";
import { readPostmaster, removeIfStale } from "./postmaster-file";
import { chooseRunAs, handOver, type RunAs, type RunMode } from "./run-as";

export interface PostgresOptions {
  /** Kept between starts. */
  readonly dataDir: string;
  /** Default: a free one. */
  readonly port?: number;
  /** False: a crash of the machine may lose the data; for tests. */
  readonly durable: boolean;
  /** Server parameters besides; for tests. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Chosen by itself; tests name the way to try. */
  readonly runMode?: RunMode;
  /** Where programs and data go when root's own folders cannot be reached by the server; tests name one of theirs. */
  readonly copyFolder?: string;
}

export interface RunningPostgres {
  /** Address of the database with user and password; a secret. */
  readonly url: string;
  readonly port: number;
  /** Process id of the server. */
  readonly pid: number;
  readonly logFile: string;
  /** Resolves when the server has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Ends all sessions and shuts down in order. Safe to call twice. */
  stop(): Promise<void>;
}

const USER = "dlq_console";
/** Kept over a restart of the machine, unlike /tmp. */
const COPY_FOLDER = "/var/tmp/dlq-console-postgres";
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;
/** How long an earlier server of this data folder, or its last sessions, may take to end. */
const EARLIER_TIMEOUT_MS = 15_000;

/**
 * A shell that stands between us and the server: when our end of its standard input closes, however we died, it has the
 * server shut down (SIGINT is PostgreSQL's fast shutdown). So no server is left behind, even after SIGKILL.
 */
const GUARD = `exec 3<&0
"$@" </dev/null &
server=$!
trap 'kill -INT $server 2>/dev/null' INT TERM HUP
{ read -r line <&3; kill -INT $server 2>/dev/null; } >/dev/null 2>&1 &
while kill -0 $server 2>/dev/null; do wait $server; done
exit 0`;

/**
 * Starts PostgreSQL from the binaries that npm brought, on 127.0.0.1 only, creating the cluster at the first start.
 * Everybody on this machine can reach that port, so the one account has a generated password, kept beside the cluster
 * in a file that only its owner may read. Rejects with a message for the person who started it.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  await mkdir(options.dataDir, { recursive: true });
  const found = await locateBinaries();
  const as = await chooseRunAs(found, options.dataDir, options.copyFolder ?? COPY_FOLDER, options.runMode);
  checkRunnable(as);
  const password = await readPassword(options.dataDir);
  const cluster = join(as.folder, "cluster");
  if (existsSync(cluster)) {
    await handOver(as, cluster);
    checkVersion(as, cluster);
  } else await createCluster(as, cluster, password, options.durable);

  const logFile = join(options.dataDir, "postgres.log");
  const deadline = Date.now() + EARLIER_TIMEOUT_MS;
  for (;;) {
    await removeIfStale(cluster, deadline);
    const port = options.port ?? (await freePort());
    const attempt = await launch(as, cluster, port, options, logFile);
    if ("running" in attempt) {
      const { child, pid, ended } = attempt.running;
      return {
        url: `postgresql://${USER}:${password}@127.0.0.1:${port}/postgres`,
        port,
        pid,
        logFile,
        ended,
        stop: () => stop(child, pid, ended),
      };
    }
    // Another process took the port between our look and the server's; or the last sessions of a killed server linger.
    const worthAnotherTry =
      (/could not bind/.test(attempt.failed) && options.port === undefined) || /still in use/.test(attempt.failed);
    if (!worthAnotherTry || Date.now() > deadline) {
      throw new Error(`PostgreSQL did not start. Its last words (${logFile}):\n${attempt.failed}`);
    }
    await delay(200);
  }
}

function checkRunnable(as: RunAs): void {
  const { file, args, options } = as.command(as.binaries.postgres, ["--version"]);
  const result = spawnSync(file, args, { ...options, encoding: "utf8" });
  if (result.status === 0) return;
  const output = `${result.error?.message ?? ""}${result.stderr ?? ""}`.trim();
  if (as.mode === "mapped" && process.getuid?.() !== 0) {
    throw new Error(
      `PostgreSQL does not run as user ${process.getuid?.()}, who has no name on this system, and no user namespace is allowed here (${output}). Add the user to /etc/passwd, or set DATABASE_URL to use a server.`,
    );
  }
  throw new Error(missingLibrary(output) ?? `The embedded PostgreSQL cannot run here: ${output}`);
}

async function readPassword(dataDir: string): Promise<string> {
  const file = join(dataDir, "password");
  if (existsSync(file)) return (await readFile(file, "utf8")).trim();
  const password = randomBytes(24).toString("base64url");
  await writeFile(file, `${password}\n`, { mode: 0o600 });
  return password;
}

function checkVersion(as: RunAs, cluster: string): void {
  let of: string;
  try {
    of = readFileSync(join(cluster, "PG_VERSION"), "utf8").trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EACCES") throw error;
    throw new Error(
      `The database in ${cluster} belongs to another user: it was started as root before. Start as root again, or move it away to begin with an empty one.`,
    );
  }
  const { file, args, options } = as.command(as.binaries.postgres, ["--version"]);
  const output = spawnSync(file, args, { ...options, encoding: "utf8" }).stdout;
  const ours = /\(PostgreSQL\) (\d+)/.exec(output)?.[1];
  if (of !== ours) {
    throw new Error(
      `The database in ${cluster} was made by PostgreSQL ${of}, and this is ${ours}. Move it away to begin with an empty one, or serve it with PostgreSQL ${of} and set DATABASE_URL.`,
    );
  }
}

/** Made under another name and renamed, so that a start that is killed halfway leaves no half cluster behind. */
async function createCluster(as: RunAs, cluster: string, password: string, durable: boolean): Promise<void> {
  const making = `${cluster}.new`;
  const passwordFile = join(as.folder, "initdb-password");
  await rm(making, { recursive: true, force: true });
  await mkdir(making, { mode: 0o700 });
  await handOver(as, making);
  await writeFile(passwordFile, password, { mode: 0o600 });
  await handOver(as, passwordFile);
  try {
    const { file, args, options } = as.command(as.binaries.initdb, [
      ...["-D", making, "-U", USER, "-A", "scram-sha-256", `--pwfile=${passwordFile}`, "-E", "UTF8"],
      // The same order and case rules on every machine, whatever locales it has.
      ...["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"],
      ...(durable ? [] : ["--no-sync"]),
    ]);
    const result = spawnSync(file, args, { ...options, encoding: "utf8" });
    if (result.status !== 0) {
      throw new Error(`initdb could not make the database in ${cluster}:\n${result.stderr || result.error?.message}`);
    }
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(making, cluster);
}

interface Launched {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly ended: Promise<void>;
}

async function launch(
  as: RunAs,
  cluster: string,
  port: number,
  { durable, settings: extra }: PostgresOptions,
  logFile: string,
): Promise<{ running: Launched } | { failed: string }> {
  const settings = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    max_connections: "100",
    timezone: "UTC",
    log_timezone: "UTC",
    jit: "off",
    ...(durable ? {} : { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
    ...extra,
  };
  const server = as.command(as.binaries.postgres, [
    ...["-D", cluster],
    ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ]);
  const log = openSync(logFile, "a", 0o600);
  const logged = readFileSync(logFile).length;
  const child = spawn("/bin/sh", ["-c", GUARD, "guard", server.file, ...server.args], {
    cwd: as.folder,
    ...server.options,
    // A process group of its own: Ctrl-C in the terminal reaches us alone, and we end it when its users have ended.
    detached: true,
    stdio: ["pipe", log, log],
  });
  child.stdin?.on("error", () => {});
  let over = false;
  const ended = new Promise<void>((resolve) => {
    child.once("error", () => resolve());
    child.once("exit", () => resolve());
  }).then(() => {
    over = true;
  });
  for (const deadline = Date.now() + START_TIMEOUT_MS; ; await delay(15)) {
    const postmaster = readPostmaster(cluster);
    if (postmaster?.ready && postmaster.port === port) return { running: { child, pid: postmaster.pid, ended } };
    if (over || Date.now() > deadline) {
      child.stdin?.end();
      await ended;
      return { failed: readFileSync(logFile).subarray(logged).toString("utf8").trim() };
    }
  }
}

async function stop(child: ChildProcess, pid: number, ended: Promise<void>): Promise<void> {
  child.stdin?.end();
  const inTime = await Promise.race([ended.then(() => true), delay(STOP_TIMEOUT_MS, false, { ref: false })]);
  if (inTime) return;
  // An immediate shutdown: nothing that was committed is lost, the next start recovers from the log.
  process.kill(pid, "SIGQUIT");
  await ended;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
