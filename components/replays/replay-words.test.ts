import { describe, expect, test } from "vitest";
import type { ReplaySummary } from "@/lib/contracts/replays";
import { outcomeSentence, whatBecame } from "./end-words";
import { rateSeries, waitingCount } from "./replay-figures";

function replay(
  items: Partial<ReplaySummary["items"]>,
  outcomes: Partial<ReplaySummary["outcomes"]> = {},
): ReplaySummary {
  return {
    id: "6f2c1c1e-0000-4000-8000-000000000001",
    kind: "replay",
    restorable: null,
    state: "completed",
    queue: { id: 1, namespace: "shop", entityPath: "orders", subQueue: "dead-letter", originPath: "orders" },
    targetPath: "orders",
    reason: "fixed",
    ticket: null,
    pauseReason: null,
    notice: null,
    rate: 20,
    rateCeiling: 20,
    pace: 20,
    hold: null,
    approval: {
      needed: [],
      submittedBy: null,
      submittedAt: null,
      approvedBy: null,
      approvedAt: null,
      approvalReason: null,
      declinedBy: null,
      declinedAt: null,
      declineReason: null,
    },
    startsAt: null,
    burst: 1,
    total: 10,
    items: items as ReplaySummary["items"],
    outcomes: outcomes as ReplaySummary["outcomes"],
    cameBack: outcomes.returned ?? 0,
    createdBy: "Olu",
    createdAt: "2026-11-21T05:00:00Z",
    startedBy: null,
    startedAt: null,
    finishedAt: null,
  };
}

describe("R12: absence is not success", () => {
  test("copies without a sign are told as not seen again, never as done", () => {
    expect(outcomeSentence(replay({}, { unknown: 8, returned: 2 }))).toBe(
      "Of the copies: 2 came back dead, 8 not seen again in a dead-letter queue so far.",
    );
    expect(outcomeSentence(replay({}))).toBe("No copy has been sent yet.");
  });
  test("R11: what one consumer let die is told although another one confirmed it", () => {
    expect(outcomeSentence({ ...replay({}, { confirmed: 24 }), cameBack: 20 })).toBe(
      "Of the copies: 24 confirmed by the consumer (20 of them came back dead all the same).",
    );
  });
});

describe("an end says what was and what was not sent", () => {
  test("sent, uncertain and unsent ones are told apart", () => {
    const text = whatBecame(replay({ settled: 5, sent: 1, uncertain: 1, refused: 2, gone: 1 })).join(" ");
    expect(text).toContain("6 copies of 10 were sent to orders.");
    expect(text).toContain("1 original is still to be removed");
    expect(text).toContain("Of 1 message it is not known");
    expect(text).toContain("Not sent: 2 refused, 1 gone.");
  });

  test("a cancelled plan sent nothing", () => {
    expect(whatBecame(replay({ cancelled: 10 }))).toEqual(["Nothing was sent.", "Not sent: 10 cancelled."]);
  });

  test("what a cancel leaves unsent is not what is on its way", () => {
    expect(waitingCount(replay({ planned: 4, claimed: 2, sending: 3, sent: 1 }).items)).toBe(6);
  });
});

describe("the plot shows seconds without a send as none", () => {
  test("gaps are filled with 0 up to now, at least half a minute wide", () => {
    const at = Date.parse("2026-11-21T05:00:40Z");
    const series = rateSeries(
      [
        { second: "2026-11-21T05:00:30Z", sent: 20 },
        { second: "2026-11-21T05:00:33Z", sent: 18 },
      ],
      at,
    );
    expect(series.seconds).toHaveLength(31);
    expect(series.sent.slice(20, 25)).toEqual([20, 0, 0, 18, 0]);
  });

  test("nothing sent: nothing to plot", () => {
    expect(rateSeries([], Date.now())).toEqual({ seconds: [], sent: [] });
  });
});
