import { expect, test } from "vitest";
import { countPlaywright, countVitest, failuresOfPlaywright, failuresOfVitest } from "./test-reports.mjs";

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

test("each failed test is named with the first lines of its message, and so is a file that failed as a whole", () => {
  const message = Array.from({ length: 20 }, (_, line) => `line ${line}`).join("\n");
  const report = {
    testResults: [
      {
        name: "a.test.ts",
        status: "failed",
        assertionResults: [
          { status: "failed", fullName: "takes one", failureMessages: [message] },
          { status: "passed", fullName: "takes two", failureMessages: [] },
        ],
      },
      { name: "b.test.ts", status: "failed", message: "cannot be read", assertionResults: [] },
      { name: "c.test.ts", status: "passed", assertionResults: [{ status: "passed", fullName: "takes three" }] },
    ],
  };
  const [one, two, ...rest] = failuresOfVitest(report);
  expect(rest).toEqual([]);
  expect(one).toMatch(/^a\.test\.ts › takes one\n {4}line 0\n/);
  expect(one).toMatch(/line 11\n {4}\(8 lines more\)$/);
  expect(two).toBe("b.test.ts\n    cannot be read");
});

test("each failed browser test is named with its file, its line and its message, also one that passed when tried again", () => {
  const spec = (title: string, status: string, errors: string[]) => ({
    title,
    line: 7,
    ok: status !== "unexpected",
    tests: [{ status, results: [{ errors: errors.map((message) => ({ message })) }] }],
  });
  const report = {
    errors: [{ message: "no browser" }],
    suites: [
      {
        title: "a.spec.ts",
        specs: [spec("opens", "expected", [])],
        suites: [
          {
            title: "FEATURE: pages",
            specs: [spec("shows", "unexpected", ["not visible"]), spec("waits", "flaky", ["late"])],
          },
        ],
      },
    ],
  };
  expect(failuresOfPlaywright(report)).toEqual([
    "outside of tests\n    no browser",
    "a.spec.ts › FEATURE: pages › shows (line 7)\n    not visible",
    "a.spec.ts › FEATURE: pages › waits (line 7)\n    late",
  ]);
});
