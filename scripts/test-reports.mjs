/** @typedef {{ passed: number, failed: number }} Counts */

/** Lines of a failure's message that are told again: what failed and where, not the whole diff. */
const TOLD_LINES = 12;

/**
 * Counts Vitest's JSON report. A file that fails before its first test counts as one failed test.
 * @param {any} report
 * @returns {Counts}
 */
export function countVitest(report) {
  const brokenFiles = report.testResults.filter(
    (/** @type {any} */ file) =>
      file.status === "failed" && !file.assertionResults.some((/** @type {any} */ test) => test.status === "failed"),
  );
  return { passed: report.numPassedTests, failed: report.numFailedTests + brokenFiles.length };
}

/**
 * Counts Playwright's JSON report. A test that passed only when tried again counts as failed.
 * @param {any} report
 * @returns {Counts}
 */
export function countPlaywright(report) {
  const { expected, unexpected, flaky } = report.stats;
  return { passed: expected, failed: unexpected + flaky + report.errors.length };
}

/**
 * What failed in Vitest's JSON report, a text for each: its file and name, then the first lines of the message.
 * @param {any} report
 * @returns {string[]}
 */
export function failuresOfVitest(report) {
  return report.testResults.flatMap((/** @type {any} */ file) => {
    const failed = file.assertionResults.filter((/** @type {any} */ test) => test.status === "failed");
    if (file.status !== "failed") return [];
    if (failed.length === 0) return [told(file.name, file.message)];
    return failed.map((/** @type {any} */ test) =>
      told(`${file.name} › ${test.fullName}`, (test.failureMessages ?? []).join("\n")),
    );
  });
}

/**
 * What failed in Playwright's JSON report, a text for each: its file, line and name, then the first lines of the message.
 * @param {any} report
 * @returns {string[]}
 */
export function failuresOfPlaywright(report) {
  const outside = report.errors.map((/** @type {any} */ error) => told("outside of tests", error.message));
  return [...outside, ...(report.suites ?? []).flatMap((/** @type {any} */ suite) => failuresOfSuite(suite, []))];
}

/**
 * @param {any} suite
 * @param {string[]} above titles of the suites around it
 * @returns {string[]}
 */
function failuresOfSuite(suite, above) {
  const titles = [...above, suite.title];
  const own = (suite.specs ?? []).flatMap((/** @type {any} */ spec) => {
    if (spec.ok && spec.tests.every((/** @type {any} */ test) => test.status !== "flaky")) return [];
    const errors = spec.tests.flatMap((/** @type {any} */ test) =>
      test.results.flatMap((/** @type {any} */ result) =>
        result.errors.map((/** @type {any} */ error) => error.message),
      ),
    );
    return [told([...titles, `${spec.title} (line ${spec.line})`].join(" › "), errors.join("\n"))];
  });
  return [...own, ...(suite.suites ?? []).flatMap((/** @type {any} */ inner) => failuresOfSuite(inner, titles))];
}

/**
 * @param {string} name
 * @param {string | undefined} message
 */
function told(name, message) {
  const lines = (message ?? "").split("\n").filter((line) => line.trim() !== "");
  const left = lines.length - TOLD_LINES;
  return [name, ...lines.slice(0, TOLD_LINES), ...(left > 0 ? [`(${left} lines more)`] : [])].join("\n    ");
}
