import { describe, expect, it } from "vitest";
import { afterAct, ITEM_STATES, itemMayGo, OPEN_ITEM_STATES, REPLAY_STATES } from "./replay-states";

describe("states of a replay", () => {
  it.each([
    ["submit", ["planned"]],
    ["approve", ["awaiting-approval"]],
    ["decline", ["awaiting-approval"]],
    ["start", ["planned", "approved"]],
    ["pause", ["running"]],
    ["resume", ["paused"]],
    ["cancel", ["planned", "awaiting-approval", "approved", "scheduled", "running", "paused"]],
    ["change-rate", ["running", "paused"]],
  ] as const)("%s is possible in %j alone", (act, states) => {
    expect(REPLAY_STATES.filter((state) => afterAct(state, act) !== null)).toEqual(states);
  });
});

describe("states of an item", () => {
  it("R3: is settled only after it was sent", () => {
    expect(ITEM_STATES.filter((state) => itemMayGo(state, "settled"))).toEqual(["sent"]);
  });

  it("R2: is sent only after an intent", () => {
    expect(ITEM_STATES.filter((state) => itemMayGo(state, "sent"))).toEqual(["sending", "uncertain"]);
  });

  it("R1: is gone only if it never reached sending", () => {
    expect(ITEM_STATES.filter((state) => itemMayGo(state, "gone"))).toEqual(["planned"]);
  });

  it("R4: keeps its claim until an end that nothing leads out of", () => {
    const ends = ITEM_STATES.filter((state) => !ITEM_STATES.some((next) => itemMayGo(state, next)));
    expect(new Set([...ends, ...OPEN_ITEM_STATES])).toEqual(new Set(ITEM_STATES));
    expect(ends.filter((state) => (OPEN_ITEM_STATES as readonly string[]).includes(state))).toEqual([]);
  });
});
