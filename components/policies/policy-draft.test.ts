import { describe, expect, it } from "vitest";
import { DEFAULT_POLICY } from "@/lib/domain/queue-policy";
import { draftOf, NIGHT, type PolicyDraft, readDraft } from "./policy-draft";

const { version: _, ...defaults } = DEFAULT_POLICY;
const unchanged = draftOf({ ...defaults, version: 0, quietHours: null }, "Asia/Kolkata");
const read = (given: Partial<PolicyDraft>) => readDraft({ ...unchanged, ...given });

describe("the form of a policy", () => {
  it("says what it was given when nothing is typed", () => {
    expect(readDraft(unchanged)).toEqual({ policy: defaults });
    const policy = {
      ...defaults,
      maxRate: 12.5,
      approval: "over" as const,
      approvalOver: 50,
      quietHours: { timeZone: "Europe/Berlin", windows: [{ days: [6], from: "01:00", to: "02:00" }], rate: 0.5 },
    };
    expect(readDraft(draftOf({ ...policy, version: 4 }, "UTC"))).toEqual({ policy });
  });

  it.each([
    [{ maxRate: "fast" }, "maxRate"],
    [{ maxRate: "0" }, "maxRate"],
    [{ approval: "over", approvalOver: "" }, "approvalOver"],
    [{ approval: "over", approvalOver: "2.5" }, "approvalOver"],
    [{ deduplicatesBy: "business-key", businessKey: " " }, "businessKey"],
    [{ healthUrl: "orders.internal/health" }, "healthUrl"],
    [{ backlogBound: "-1" }, "backlogBound"],
    [{ quiet: true, timeZone: "Middle-earth/Shire" }, "quietHours.timeZone"],
    [{ quiet: true, windows: [{ ...NIGHT, days: [] }] }, "quietHours.windows.0.days"],
    [{ quiet: true, windows: [{ ...NIGHT, to: "" }] }, "quietHours.windows.0.to"],
  ] as const)("%j is told at its field", (given, field) => {
    const result = read(given);
    expect("errors" in result && Object.keys(result.errors)).toEqual([field]);
    // In words for the person who typed it, not in those of the parser.
    expect("errors" in result && Object.values(result.errors).join()).not.toMatch(/expected|received|invalid/i);
  });

  it("forgets what belongs to a choice that is not made", () => {
    expect(read({ approval: "edits", approvalOver: "7", deduplicatesBy: "nothing", businessKey: "id" })).toEqual({
      policy: { ...defaults, approval: "edits", deduplicatesBy: "nothing" },
    });
  });

  it("takes a decimal comma, and a new window in the person's own zone", () => {
    expect(read({ maxRate: "0,5", quiet: true })).toMatchObject({
      policy: { maxRate: 0.5, quietHours: { timeZone: "Asia/Kolkata", windows: [NIGHT], rate: null } },
    });
  });
});
