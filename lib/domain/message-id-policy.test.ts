import { describe, expect, it } from "vitest";
import { chooseMessageIdPolicy, type IdFacts, newMessageId, worstWindowSeconds } from "./message-id-policy";

const facts: IdFacts = {
  detection: { enabled: true, windowSeconds: 600 },
  total: 10,
  insideWindow: 0,
  sameId: 0,
  withoutId: 0,
  consumers: [{ entityPath: "orders", deduplicatesBy: [] }],
  stampless: null,
};
const knowing = (...deduplicatesBy: IdFacts["consumers"][number]["deduplicatesBy"]) => ({
  consumers: [{ entityPath: "orders", deduplicatesBy }],
});

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
      { insideWindow: 1, ...knowing("message-id") },
      "preserve",
    ],
    [
      "unreadable detection, and a consumer that goes by ids",
      { detection: null, ...knowing("message-id") },
      "preserve",
    ],
    [
      "an id inside the window, and a consumer with a business key",
      { insideWindow: 1, ...knowing("business-key") },
      "new",
    ],
    [
      "no detection, and a consumer that knows nothing again",
      { detection: { enabled: false, windowSeconds: 0 }, ...knowing("nothing") },
      "preserve",
    ],
    ["copies without stamps", { stampless: "Copies of this queue" }, "new"],
    [
      "an id inside the window, and one consumer of several that goes by ids",
      {
        insideWindow: 1,
        consumers: [
          { entityPath: "audit", deduplicatesBy: [] },
          { entityPath: "billing", deduplicatesBy: ["business-key", "message-id"] },
        ],
      },
      "preserve",
    ],
  ] satisfies [string, Partial<IdFacts>, string][])("R10: chooses by itself for %s", (_, given, policy) => {
    const choice = chooseMessageIdPolicy("auto", { ...facts, ...given });
    expect(choice?.policy).toBe(policy);
    expect(choice?.why.length).toBeGreaterThan(40);
  });

  it("keeps to what was chosen, and explains it", () => {
    expect(chooseMessageIdPolicy("preserve", { ...facts, detection: null })).toMatchObject({ policy: "preserve" });
    expect(chooseMessageIdPolicy("new", facts)?.why).toContain("recognises a second copy");
  });

  it.each([
    [["message-id"], "new", "The consumer of orders knows messages by their MessageId and will not know these"],
    [["message-id"], "preserve", "is skipped there"],
    [["business-key"], "new", "repeats nothing"],
    [["nothing"], "preserve", "twice"],
    [[], "new", "Nobody has said how the consumer of orders knows a message again"],
  ] as const)("says what a consumer that goes by %s makes of ids that are %s", (deduplicatesBy, asked, words) => {
    expect(chooseMessageIdPolicy(asked, { ...facts, ...knowing(...deduplicatesBy) })?.why).toContain(words);
  });

  it("names the consumers, each group with what holds for it, the first few of many", () => {
    const consumers = ["a", "b", "c", "d", "e"].map((entityPath) => ({ entityPath, deduplicatesBy: [] as const }));
    const why = chooseMessageIdPolicy("new", {
      ...facts,
      consumers: [...consumers, { entityPath: "billing", deduplicatesBy: ["message-id"] }],
    })?.why;
    expect(why).toContain("The consumer of billing knows messages by their MessageId");
    expect(why).toContain("Nobody has said how the consumers of a, b, c and 2 more know a message again");
  });

  it("keeps no id where copies carry no stamps", () => {
    expect(chooseMessageIdPolicy("preserve", { ...facts, stampless: "Copies of this queue" })).toBeNull();
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
