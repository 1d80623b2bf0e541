// What `npm test` runs: all set-up, then unit, integration and crash tests, the build of the pages, and the browser
// tests on the real stack. The end names each test that failed, and its last line says how many passed and failed, over
// all of them.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { checkNode } from "./prepare/check-node.mjs";
import { prepareChromium } from "./prepare/chromium.mjs";
import { root } from "./prepare/paths.mjs";
import { prepare } from "./prepare/prepare.mjs";
import { PrepareError, seconds } from "./prepare/run-step.mjs";
import { countPlaywright, countVitest, failuresOfPlaywright, failuresOfVitest } from "./test-reports.mjs";

/** @typedef {import("./test-reports.mjs").Counts} Counts */

/**
 * @typedef {{
 *   args: string[], env: Record<string, string>, flag: string | null, report: string,
 *   count: (report: unknown) => Counts, failures: (report: unknown) => string[],
 * }} Runner
 */

checkNode();
const began = performance.now();
const reports = join(root, ".data", "test-reports");
/** @type {Counts} */
const total = { passed: 0, failed: 0 };
/** @type {string[]} What failed, a text for each: told again at the end, where the eye is. */
const failures = [];

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
    failures: failuresOfVitest,
  });
  await prepare(["pages"]);
  await prepareChromium();
  await run("Browser tests", {
    args: [join("node_modules", "@playwright", "test", "cli.js"), "test", "--reporter=list,json"],
    env: { PLAYWRIGHT_JSON_OUTPUT_NAME: join(reports, "playwright.json") },
    flag: null,
    report: join(reports, "playwright.json"),
    count: countPlaywright,
    failures: failuresOfPlaywright,
  });
} catch (error) {
  if (!(error instanceof PrepareError)) throw error;
  console.error(`\n${error.message}`);
  failures.push(error.message);
  total.failed += 1;
}
if (failures.length > 0) console.log(`\nFailed:\n- ${failures.join("\n- ")}`);
console.log(`\nTested in ${seconds(began)}.`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;

/**
 * @param {string} what
 * @param {Runner} runner
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
  const { counts, failed } = readReport(runner);
  failures.push(...failed);
  // A runner that fails as a whole (a set-up, an unhandled rejection) has no failed test to count.
  if (code !== 0 && counts.failed === 0) {
    counts.failed = 1;
    failures.push(`${what}: ended with ${code}, although no test failed; what it printed above says why`);
  }
  // One that found nothing to run proves nothing.
  if (code === 0 && counts.passed === 0) {
    counts.failed = 1;
    failures.push(`${what}: nothing was run`);
  }
  total.passed += counts.passed;
  total.failed += counts.failed;
  console.log(`${what}: ${counts.passed} passed, ${counts.failed} failed, in ${seconds(since)}`);
}

/**
 * @param {Runner} runner
 * @returns {{ counts: Counts, failed: string[] }}
 */
function readReport(runner) {
  try {
    const report = JSON.parse(readFileSync(runner.report, "utf8"));
    return { counts: runner.count(report), failed: runner.failures(report) };
  } catch {
    return { counts: { passed: 0, failed: 0 }, failed: [] };
  }
}
