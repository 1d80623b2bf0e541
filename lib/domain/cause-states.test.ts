import { describe, expect, it } from "vitest";
import { causeStateAt, type SaidState } from "./cause-states";

const at = new Date("2026-03-29T01:30:00Z");
const minutesBefore = (minutes: number) => new Date(at.getTime() - minutes * 60_000);
const messages = { count: 10, lastSeenAt: minutesBefore(60) };
const said = (state: SaidState["state"], more: Partial<SaidState> = {}): SaidState => ({
  state,
  stateAt: minutesBefore(30),
  snoozedUntil: null,
  snoozedCount: null,
  ...more,
});

describe("the state of a cause", () => {
  it.each(["new", "acknowledged", "in-progress"] as const)("%s stays as it was said", (state) => {
    expect(causeStateAt(said(state), messages, at)).toBe(state);
  });

  it("resolved comes back as regressed with a message seen after it was said, not with older ones", () => {
    expect(causeStateAt(said("resolved"), messages, at)).toBe("resolved");
    expect(causeStateAt(said("resolved"), { ...messages, lastSeenAt: minutesBefore(30) }, at)).toBe("resolved");
    expect(causeStateAt(said("resolved"), { ...messages, lastSeenAt: minutesBefore(29) }, at)).toBe("regressed");
  });

  it("a snooze ends at its time, and the cause is new", () => {
    expect(causeStateAt(said("snoozed", { snoozedUntil: new Date(at.getTime() + 1) }), messages, at)).toBe("snoozed");
    expect(causeStateAt(said("snoozed", { snoozedUntil: at }), messages, at)).toBe("new");
  });

  it("a snooze ends at its count, whichever of the two comes first", () => {
    const snooze = said("snoozed", { snoozedUntil: new Date(at.getTime() + 60_000), snoozedCount: 11 });
    expect(causeStateAt(snooze, messages, at)).toBe("snoozed");
    expect(causeStateAt(snooze, { ...messages, count: 11 }, at)).toBe("new");
  });
});
