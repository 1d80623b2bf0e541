import { describe, expect, it } from "vitest";
import { chooseMessageIdPolicy, type IdFacts, newMessageId, worstWindowSeconds } from "./message-id-policy";

const facts: IdFacts = {
  detection: { enabled: true, windowSeconds: 600 },
  total: 10,
  insideWindow: 0,
  sameId: 0,
  withoutId: 0,
};

describe("the id policy", () => {
  it.each([
    ["unreadable detection", { detection: null }, "new"],
    ["no detection", { detection: { enabled: false, windowSeconds: 600 } }, "preserve"],
    ["ids older than the window", {}, "preserve"],
    ["an id inside the window", { insideWindow: 1 }, "new"],
    ["two messages with one id", { sameId: 1 }, "new"],
    ["a message without id", { withoutId: 1 }, "new"],
  ] as const)("R10: chooses by itself for %s", (_, given, policy) => {
    const choice = chooseMessageIdPolicy("auto", { ...facts, ...given });
    expect(choice.policy).toBe(policy);
    expect(choice.why.length).toBeGreaterThan(40);
  });

  it("keeps to what was chosen, and explains it", () => {
    expect(chooseMessageIdPolicy("preserve", { ...facts, detection: null })).toMatchObject({ policy: "preserve" });
    expect(chooseMessageIdPolicy("new", facts).why).toContain("recognises a second copy");
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
