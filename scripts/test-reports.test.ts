import { expect, test } from "vitest";
import { countPlaywright, countVitest } from "./test-reports.mjs";

test("a test file that fails before its first test counts as one failed test", () => {
  const report = {
    numPassedTests: 3,
    numFailedTests: 1,
    testResults: [
      { status: "failed", assertionResults: [{ status: "failed" }, { status: "passed" }] },
      { status: "failed", assertionResults: [] },
      { status: "passed", assertionResults: [{ status: "passed" }, { status: "passed" }] },
    ],
  };
  expect(countVitest(report)).toEqual({ passed: 3, failed: 2 });
});

test("a browser test that passed only when tried again counts as failed, and so does an error outside of tests", () => {
  const report = { stats: { expected: 4, unexpected: 1, flaky: 1 }, errors: [{ message: "set-up" }] };
  expect(countPlaywright(report)).toEqual({ passed: 4, failed: 3 });
});
