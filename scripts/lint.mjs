// What `npm run lint` runs: style, types, import rules, dead code. All of them, then the verdict.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { checkNode } from "./prepare/check-node.mjs";
import { root } from "./prepare/paths.mjs";
import { prepare } from "./prepare/prepare.mjs";
import { PrepareError, runQuietly, seconds, step } from "./prepare/run-step.mjs";

checkNode();
// Colours are for people; without a terminal Biome still writes them.
const plain = process.stdout.isTTY ? [] : ["--colors=off"];
const checks = [
  { what: "Style (Biome)", args: [join("node_modules", "@biomejs", "biome", "bin", "biome"), "ci", ".", ...plain] },
  { what: "Types (TypeScript)", args: [join("node_modules", "typescript", "bin", "tsc"), "--noEmit", "-p", "."] },
  { what: "Imports (dependency-cruiser)", args: [join("scripts", "check-imports.mjs")] },
  { what: "Dead code (Knip)", args: [join("node_modules", "knip", "bin", "knip.js")] },
];
const failed = [];

try {
  await prepare(["packages", "client"]);
  if (!existsSync(join(root, "next-env.d.ts"))) {
    await step("Generating the types of the routes", () =>
      runQuietly({
        log: "typegen",
        args: [join(root, "node_modules", "next", "dist", "bin", "next"), "typegen"],
        env: { NEXT_TELEMETRY_DISABLED: "1" },
        advice: "next typegen failed.",
      }),
    );
  }
  for (const check of checks) {
    const began = performance.now();
    const child = spawn(process.execPath, check.args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
    const code = await new Promise((resolve) => child.once("close", resolve));
    console.log(`${check.what}: ${code === 0 ? "clean" : "FAILED"}, in ${seconds(began)}`);
    if (code !== 0) failed.push(check.what);
  }
} catch (error) {
  if (!(error instanceof PrepareError)) throw error;
  console.error(`\n${error.message}`);
  failed.push("preparation");
}
if (failed.length > 0) console.error(`Failed: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
