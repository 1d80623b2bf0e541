// What `npm test` runs: all set-up, then unit, integration and crash tests, the build of the pages, and the browser
// tests on the real stack. The last line says how many tests passed and failed, over all of them.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { checkNode } from "./prepare/check-node.mjs";
import { prepareChromium } from "./prepare/chromium.mjs";
import { root } from "./prepare/paths.mjs";
import { prepare } from "./prepare/prepare.mjs";
import { PrepareError, seconds } from "./prepare/run-step.mjs";
import { countPlaywright, countVitest } from "./test-reports.mjs";

/** @typedef {import("./test-reports.mjs").Counts} Counts */

checkNode();
const began = performance.now();
const reports = join(root, ".data", "test-reports");
/** @type {Counts} */
const total = { passed: 0, failed: 0 };

try {
  await prepare(["packages", "client"]);
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
  await run("Unit, integration and crash tests", {
    args: [join("node_modules", "vitest", "vitest.mjs"), "run", "--reporter=default", "--reporter=json"],
    env: {},
    flag: "--outputFile.json=",
    report: join(reports, "vitest.json"),
    count: countVitest,
  });
  await prepare(["pages"]);
  await prepareChromium();
  await run("Browser tests", {
    args: [join("node_modules", "@playwright", "test", "cli.js"), "test", "--reporter=list,json"],
    env: { PLAYWRIGHT_JSON_OUTPUT_NAME: join(reports, "playwright.json") },
    flag: null,
    report: join(reports, "playwright.json"),
    count: countPlaywright,
  });
} catch (error) {
  if (!(error instanceof PrepareError)) throw error;
  console.error(`\n${error.message}`);
  total.failed += 1;
}
console.log(`\nTested in ${seconds(began)}.`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;

/**
 * @param {string} what
 * @param {{ args: string[], env: Record<string, string>, flag: string | null, report: string, count: (report: unknown) => Counts }} runner
 */
async function run(what, runner) {
  const since = performance.now();
  console.log(`\n${what}`);
  const args = runner.flag === null ? runner.args : [...runner.args, `${runner.flag}${runner.report}`];
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...runner.env },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const code = await new Promise((resolve) => {
    child.once("error", () => resolve(1));
    child.once("close", resolve);
  });
  const counts = readCounts(runner);
  // A runner that fails as a whole (a set-up, an unhandled rejection) has no failed test to count.
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  // One that found nothing to run proves nothing.
  if (code === 0 && counts.passed === 0) counts.failed = 1;
  total.passed += counts.passed;
  total.failed += counts.failed;
  console.log(`${what}: ${counts.passed} passed, ${counts.failed} failed, in ${seconds(since)}`);
}

/** @param {{ report: string, count: (report: unknown) => Counts }} runner */
function readCounts({ report, count }) {
  try {
    return count(JSON.parse(readFileSync(report, "utf8")));
  } catch {
    return { passed: 0, failed: 0 };
  }
}
