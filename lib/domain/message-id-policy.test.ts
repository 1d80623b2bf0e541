import { describe, expect, it } from "vitest";
import { chooseMessageIdPolicy, type IdFacts, newMessageId, worstWindowSeconds } from "./message-id-policy";

const facts: IdFacts = {
  detection: { enabled: true, windowSeconds: 600 },
  total: 10,
  insideWindow: 0,
  sameId: 0,
  withoutId: 0,
  deduplicatesBy: null,
  stamps: true,
};

describe("the id policy", () => {
  it.each([
    ["unreadable detection", { detection: null }, "new"],
    ["no detection", { detection: { enabled: false, windowSeconds: 600 } }, "preserve"],
    ["ids older than the window", {}, "preserve"],
    ["an id inside the window", { insideWindow: 1 }, "new"],
    ["two messages with one id", { sameId: 1 }, "new"],
    ["a message without id", { withoutId: 1 }, "new"],
    [
      "an id inside the window, and a consumer that goes by ids",
      { insideWindow: 1, deduplicatesBy: "message-id" },
      "preserve",
    ],
    [
      "unreadable detection, and a consumer that goes by ids",
      { detection: null, deduplicatesBy: "message-id" },
      "preserve",
    ],
    [
      "an id inside the window, and a consumer with a business key",
      { insideWindow: 1, deduplicatesBy: "business-key" },
      "new",
    ],
    [
      "no detection, and a consumer that knows nothing again",
      { detection: { enabled: false, windowSeconds: 0 }, deduplicatesBy: "nothing" },
      "preserve",
    ],
    ["copies without stamps", { stamps: false }, "new"],
  ] as const)("R10: chooses by itself for %s", (_, given, policy) => {
    const choice = chooseMessageIdPolicy("auto", { ...facts, ...given });
    expect(choice?.policy).toBe(policy);
    expect(choice?.why.length).toBeGreaterThan(40);
  });

  it("keeps to what was chosen, and explains it", () => {
    expect(chooseMessageIdPolicy("preserve", { ...facts, detection: null })).toMatchObject({ policy: "preserve" });
    expect(chooseMessageIdPolicy("new", facts)?.why).toContain("recognises a second copy");
  });

  it.each([
    ["message-id", "new", "does a second time"],
    ["message-id", "preserve", "skips that copy"],
    ["business-key", "new", "repeats nothing"],
    ["nothing", "preserve", "twice"],
    [null, "new", "Nobody has said"],
  ] as const)("says what a consumer that goes by %s makes of ids that are %s", (deduplicatesBy, asked, words) => {
    expect(chooseMessageIdPolicy(asked, { ...facts, deduplicatesBy })?.why).toContain(words);
  });

  it("keeps no id where copies carry no stamps", () => {
    expect(chooseMessageIdPolicy("preserve", { ...facts, stamps: false })).toBeNull();
  });

  it("R10: counts an unreadable window as the longest there is", () => {
    expect(
      [null, { enabled: false, windowSeconds: 600 }, { enabled: true, windowSeconds: 60 }].map(worstWindowSeconds),
    ).toEqual([604_800, 0, 60]);
  });

  it("R5: makes the same id for an item in every attempt", () => {
    expect(newMessageId("a")).toBe(newMessageId("a"));
  });
});
