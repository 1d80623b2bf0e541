import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.mjs";
import { PrepareError, runQuietly, step } from "./run-step.mjs";
import { liveStart } from "./start-lock.mjs";

const stampFile = join(root, ".next", "sources.stamp");
const FOLDERS = ["app", "components", "lib", "public"];
const FILES = [
  "next.config.ts",
  "postcss.config.mjs",
  "proxy.ts",
  "instrumentation.ts",
  "instrumentation-client.ts",
  "tsconfig.json",
  "package-lock.json",
];

/** Builds the pages when a source of theirs is another one than last time. */
export async function preparePages() {
  const stamp = stampOfSources();
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return;
  const running = liveStart();
  if (running !== null && running.pid !== process.pid) {
    throw new PrepareError(
      `The pages must be built anew, but npm start (process ${running.pid}) is serving the old ones. End it first.`,
    );
  }
  await step("Building the pages (half a minute or so)", () =>
    runQuietly({
      log: "build",
      args: [join(root, "node_modules", "next", "dist", "bin", "next"), "build"],
      env: { NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production", NEXT_OUTPUT: undefined },
      advice: "next build failed.",
    }),
  );
  writeFileSync(stampFile, stamp);
}

function stampOfSources() {
  const hash = createHash("sha256").update(process.version);
  const files = FOLDERS.filter((folder) => existsSync(join(root, folder))).flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  for (const file of [...files.sort(), ...FILES.map((name) => join(root, name)).filter(existsSync)]) {
    hash.update(file.slice(root.length)).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}
