import { expect, it } from "vitest";
import { countsDiffer, countTip, isUnread } from "./queue-words";

const scan = { scannedAt: null, walkedAt: null, walking: false, walkSeen: null, error: null, errorAt: null };
const read = { ...scan, scannedAt: "2026-11-20T00:00:00.000Z" };

it("what was never read is unknown, not empty, also when the reading failed", () => {
  expect(isUnread({ scan, indexed: 0 })).toBe(true);
  expect(isUnread({ scan: { ...scan, error: "Listen is needed" }, indexed: 0 })).toBe(true);
  expect(isUnread({ scan: read, indexed: 0 })).toBe(false);
  expect(isUnread({ scan, indexed: 3 })).toBe(false);
});

it("counts are held against what was read, not against what was never read", () => {
  expect(countsDiffer({ scan: read, indexed: 0, brokerCount: 500 })).toBe(true);
  expect(countsDiffer({ scan, indexed: 0, brokerCount: 500 })).toBe(false);
  expect(countsDiffer({ scan: read, indexed: 500, brokerCount: 504 })).toBe(false);
  expect(countsDiffer({ scan: read, indexed: 500, brokerCount: null })).toBe(false);
});

it("a count says where it is from and of when; an unknown one when it was asked for", () => {
  const at = { brokerCountAt: "2026-11-20T12:00:00.000Z", brokerCountSource: "runtime properties" };
  expect(countTip({ ...at, brokerCount: 5 })).toMatch(/^runtime properties, read .*12:00:00.*; it may lag$/);
  expect(countTip({ ...at, brokerCount: null })).toMatch(/could not say, last asked .*12:00:00/);
  expect(countTip({ brokerCount: null, brokerCountAt: null, brokerCountSource: null })).toContain("not been asked");
});
