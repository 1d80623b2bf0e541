import { describe, expect, it } from "vitest";
import {
  constantAnswer,
  constantReach,
  isLostSessionless,
  judgeReach,
  type SubscriptionAnswer,
  sessionlessEnds,
} from "./subscriptions";

const answer = (name: string, receives: boolean | null): SubscriptionAnswer => ({ name, receives, matching: [] });
const facts = (...filters: string[]) => ({
  name: "billing",
  requiresSession: false,
  rules: filters.map((filter, n) => ({ name: `r${n}`, filter })),
});

describe("R10: a copy without SessionId", () => {
  const subscriptions = [
    { name: "free", requiresSession: false },
    { name: "Strict", requiresSession: true },
    { name: "unknown", requiresSession: null },
  ];
  it.each([
    ["arrives where sessions are not wanted", [true, false, false], null, [], false],
    ["dies in one of several", [true, true, true], null, [1], false],
    ["dies in the only one that receives it", [false, true, false], null, [1], true],
    ["dies in the only one that may receive it", [false, null, false], null, [1], true],
    ["dies in one of several, where its original died", [true, true, false], "strict", [1], true],
    ["does not come back to where its original died", [true, false, false], "strict", [], false],
    ["may arrive where nothing is known of sessions", [false, true, true], null, [1], false],
  ])("%s", (_, receives, own, ends, lost) => {
    const answers = receives.map((one) => ({ receives: one }));
    expect(sessionlessEnds(subscriptions, answers)).toEqual(ends);
    expect(isLostSessionless(subscriptions, answers, own)).toBe(lost);
  });
});

describe("R10: what a topic does with a copy", () => {
  it.each([
    ["a rule that takes everything", facts("region = 'eu'", " 1 = 1"), true],
    ["no rule at all", facts(), false],
    ["a rule that takes nothing", facts("1=0"), false],
    ["a rule that asks the message", facts("1=0", "region = 'eu'"), null],
    ["unreadable rules", { ...facts(), rules: null }, null],
  ])("is known without a look at the message for %s", (_, given, expected) => {
    expect(constantReach(given)).toBe(expected);
  });

  it.each([
    ["a rule that takes everything", facts("region = 'eu'", " 1 = 1"), { matching: [1], unsure: [0] }],
    ["a rule that takes nothing", facts("1=0"), { matching: [], unsure: [] }],
    ["unreadable rules", { ...facts(), rules: null }, { matching: [], unsure: [] }],
  ])("is known rule by rule without a look at the message for %s", (_, given, expected) => {
    expect(constantAnswer(given)).toMatchObject(expected);
  });

  const free = { routeTo: null, cameThrough: null };
  it.each([
    ["one subscription receives it", [answer("a", true), answer("b", null)], free, "reaches"],
    ["none receives it", [answer("a", false)], free, "no-subscription"],
    ["a topic without subscriptions", [], free, "no-subscription"],
    ["none is sure to, one may", [answer("a", false), answer("b", null)], free, "reach-unknown"],
    ["it came through the one that cannot be asked", [answer("B", null)], { ...free, cameThrough: "b" }, "reaches"],
    ["the rules it came through have changed", [answer("b", false)], { ...free, cameThrough: "b" }, "no-subscription"],
    [
      "it is routed, and reaches just that one",
      [answer("a", false), answer("b", true)],
      { ...free, routeTo: "B" },
      "reaches",
    ],
    [
      "it is routed, and another takes it too",
      [answer("a", true), answer("b", true)],
      { ...free, routeTo: "b" },
      "route-leaks",
    ],
    [
      "it is routed, and another may take it",
      [answer("a", null), answer("b", true)],
      { ...free, routeTo: "b" },
      "route-leaks",
    ],
    [
      "it is routed to one that does not take it",
      [answer("a", false), answer("b", false)],
      { ...free, routeTo: "b" },
      "route-misses",
    ],
    ["it is routed to one that may not take it", [answer("b", null)], { ...free, routeTo: "b" }, "route-misses"],
  ])("%s", (_, answers, options, verdict) => {
    expect(judgeReach(answers, options)).toBe(verdict);
  });
});
