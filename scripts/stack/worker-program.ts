import { mkdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildSync } from "esbuild";
import { root } from "../prepare/paths.mjs";

/**
 * Node's options for a worker, everywhere it runs (the Dockerfile repeats them). A small young generation: what a page of messages leaves
 * behind is collected before it fills the memory; the old one is collected when it has doubled, where V8 would let one so small grow fourfold:
 * 60 MB for a few hundredths of the time. Prisma's query compiler, which is WebAssembly, is compiled once and quickly: the few queries
 * that it compiles are not worth the 50 MB that V8 keeps of optimizing it.
 */
export const WORKER_OPTIONS: readonly string[] = [
  "--max-semi-space-size=8",
  "--heap-growing-percent=100",
  "--no-wasm-tier-up",
];
/** glibc gives each thread an arena of its own, and what is freed in one is of no use to the others. */
export const WORKER_ENVIRONMENT = { MALLOC_ARENA_MAX: "2" } as const;

/**
 * Bundles a program of ours into one file, its packages left outside: it starts in a third of the time and holds no compiler in
 * memory. The file must lie where node finds the packages from, by default in the checkout. Returns its path.
 */
export function bundleProgram(entry: string, file = join(root, ".data", "programs", nameOf(entry))): string {
  mkdirSync(dirname(file), { recursive: true });
  // Several may be bundling it at once, and others be reading it.
  const making = `${file}.${process.pid}`;
  buildSync({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: making,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    logLevel: "error",
  });
  renameSync(making, file);
  return file;
}

function nameOf(entry: string): string {
  return `${entry.replace(/\.ts$/, "").replaceAll("/", "-")}.mjs`;
}
