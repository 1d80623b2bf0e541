import { describe, expect, it } from "vitest";
import { aboutWatch, watchOf } from "./plan-watch";

const STAMPED = { stamps: true, canary: false };
const end = (through: string | null, path: string, read: boolean) => ({ through, path, origin: "events", read });
const sending = (
  ends: ReturnType<typeof end>[],
  { routeTo = null, receives = true }: { routeTo?: string | null; receives?: boolean | null } = {},
) => ({
  facts: { target: { ends } },
  input: { routeTo },
  stamps: true,
  topic: { constant: () => ["billing", "audit"].map((name) => ({ name, receives, matching: [] })) },
  copies: { askedEach: false, subscriptions: [] },
});
const texts = (...given: Parameters<typeof aboutWatch>) => aboutWatch(...given).map(({ code, text }) => [code, text]);

describe("R11: what no scan reads is said before the start", () => {
  it("of the queue, and nothing where all is read", () => {
    expect(texts({ unread: [], sees: true }, { stamps: true, canary: true })).toEqual([]);
    expect(texts({ unread: ["hidden_1"], sees: false }, STAMPED)).toEqual([
      [
        "unwatched",
        "No scan reads the dead letters of hidden_1: a copy that comes back dead there is not seen. It counts neither as returned nor towards what stops the replay by itself.",
      ],
    ]);
  });

  it("of a topic those of its subscriptions, and that the canary is blind for them, too", () => {
    const [[code, text] = []] = texts(
      { unread: ["events/subscriptions/audit"], sees: true },
      { stamps: true, canary: true },
    );
    expect(code).toBe("unwatched");
    expect(text).toContain("the dead letters of events/subscriptions/audit:");
    expect(text).toMatch(/The canary does not see it either\.$/);
  });

  it("of many the first five", () => {
    const [[, text] = []] = texts({ unread: ["a", "b", "c", "d", "e", "f", "g"], sees: true }, STAMPED);
    expect(text).toContain("the dead letters of a, b, c, d, e and 2 more:");
  });

  it("and that a canary of which nothing can be seen pauses the replay", () => {
    expect(texts({ unread: ["hidden_1"], sees: false }, { stamps: true, canary: true })[1]).toEqual([
      "blind-canary",
      "Nothing can be seen of the canary's copies where they go: after its wait the replay pauses, for somebody to look at the consumer and resume it.",
    ]);
    const [[code, text] = [], ...more] = texts({ unread: ["hidden_1"], sees: false }, { stamps: false, canary: true });
    expect([code, more]).toEqual(["blind-canary", []]);
    expect(text).toContain("copies without stamps: after its wait");
  });
});

describe("R11: what is seen of copies that come back", () => {
  const ends = [
    end("billing", "events/subscriptions/billing", true),
    end("audit", "events/subscriptions/audit", false),
  ];

  it("is some of it while one that gets copies is read", () => {
    expect(watchOf(sending(ends))).toEqual({ unread: ["events/subscriptions/audit"], sees: true });
    expect(watchOf({ ...sending(ends), stamps: false }).sees).toBe(false);
  });

  it("is asked of those alone that get copies: by the route, or by their rules", () => {
    expect(watchOf(sending(ends, { routeTo: "BILLING" }))).toEqual({ unread: [], sees: true });
    expect(watchOf(sending(ends, { routeTo: "audit" }))).toEqual({
      unread: ["events/subscriptions/audit"],
      sees: false,
    });
    const counts = (copies: number) => ({ copies, unknown: 0, wouldGet: 0, matches: [] });
    const copies = { askedEach: true, subscriptions: [counts(0), counts(3)] };
    expect(watchOf({ ...sending(ends), copies })).toEqual({ unread: ["events/subscriptions/audit"], sees: false });
  });

  it("of a queue is its own, or that of where it passes them on to", () => {
    expect(watchOf({ ...sending([end(null, "orders", true)]), topic: null })).toEqual({ unread: [], sees: true });
    expect(watchOf({ ...sending([end(null, "hidden_1", false)]), topic: null })).toEqual({
      unread: ["hidden_1"],
      sees: false,
    });
  });
});
