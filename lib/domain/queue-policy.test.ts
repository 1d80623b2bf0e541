import { describe, expect, it } from "vitest";
import { approvalNeeded, DEFAULT_POLICY, highestRate, policyChanges, type QueuePolicy } from "./queue-policy";

const policy = (given: Partial<QueuePolicy>): QueuePolicy => ({ ...DEFAULT_POLICY, ...given });

describe("approval by a second person", () => {
  it.each([
    ["never", {}, { willSend: 10_000, edited: 9 }, 0],
    ["edits", { approval: "edits" }, { willSend: 3, edited: 0 }, 0],
    ["edits", { approval: "edits" }, { willSend: 3, edited: 1 }, 1],
    ["over", { approval: "over", approvalOver: 50 }, { willSend: 50, edited: 9 }, 0],
    ["over", { approval: "over", approvalOver: 50 }, { willSend: 51, edited: 0 }, 1],
    ["over nothing", { approval: "over", approvalOver: 0 }, { willSend: 1, edited: 0 }, 1],
    ["always", { approval: "always" }, { willSend: 1, edited: 0 }, 1],
    ["protected, whatever else is said", { protected: true, approval: "never" }, { willSend: 1, edited: 0 }, 1],
    ["protected and over", { protected: true, approval: "over", approvalOver: 1 }, { willSend: 2, edited: 0 }, 2],
  ] as const)("%s: %j for %j gives %i reasons", (_, given, plan, reasons) => {
    expect(approvalNeeded(policy(given), plan)).toHaveLength(reasons);
  });

  it("says why in words that name the numbers", () => {
    expect(approvalNeeded(policy({ approval: "over", approvalOver: 50 }), { willSend: 214, edited: 0 })).toEqual([
      "214 messages are more than 50",
    ]);
    expect(approvalNeeded(policy({ approval: "edits" }), { willSend: 2, edited: 1 })).toEqual([
      "one message was edited",
    ]);
  });
});

it("the lower of the namespace's and the policy's rate holds", () => {
  expect(highestRate(100, DEFAULT_POLICY)).toBe(100);
  expect(highestRate(100, policy({ maxRate: 5 }))).toBe(5);
  expect(highestRate(100, policy({ maxRate: 500 })), "a policy from before the namespace was slowed").toBe(100);
});

it("a change is told by field, before and after", () => {
  const quiet = {
    timeZone: "Europe/Berlin",
    windows: [{ days: [1], from: "22:00", to: "06:00" }],
    rate: null,
  };
  expect(policyChanges(policy({ maxRate: 5 }), policy({ version: 3, quietHours: quiet }))).toEqual({
    maxRate: { from: 5, to: null },
    quietHours: { from: null, to: quiet },
  });
  expect(policyChanges(policy({ quietHours: quiet }), policy({ quietHours: structuredClone(quiet) }))).toEqual({});
});
