import { describe, expect, it } from "vitest";
import type { RecordEntry } from "@/lib/testing/replay-bench";
import { type Case, judge, type Transition } from "./judge";

/** One item that went the right way: intent at 100, taken at 110, recorded at 120, removed at 130. */
const intent: Transition = {
  itemId: "i",
  from: "claimed",
  to: "sending",
  attempt: 1,
  messageId: "m",
  hash: "h1",
  judged: false,
  at: 100,
};
const sent: Transition = { ...intent, from: "sending", to: "sent", at: 120 };
const doubt: Transition = { ...intent, from: "sending", to: "uncertain", at: 140 };
const again: Transition = { ...intent, attempt: 2, hash: "h2", at: 200 };
const taken: RecordEntry = {
  event: "accepted",
  entity: "orders",
  sequenceNumber: "9",
  messageId: "m",
  sha256: "h1",
  at: 110,
};
const takenAgain: RecordEntry = { ...taken, sequenceNumber: "10", sha256: "h2", at: 210 };
const removed: RecordEntry = {
  ...taken,
  event: "completed",
  entity: "orders/$DeadLetterQueue",
  sequenceNumber: "1",
  at: 130,
};
const item = { id: "i", key: "1", ordinal: 0, sessionId: null, state: "settled" as const };
const right: Case = {
  name: "orders",
  detection: false,
  mayResend: false,
  ordered: false,
  rate: 10,
  burst: 2,
  sendTimeoutMs: 1_000,
  items: [item],
  transitions: [intent, sent],
  target: [taken],
  source: [removed],
  left: new Set(),
  shownUncertain: 0,
};
const twice: Partial<Case> = {
  mayResend: true,
  transitions: [intent, doubt, again, { ...sent, attempt: 2, at: 220 }],
  target: [taken, takenAgain],
  source: [{ ...removed, at: 230 }],
  shownUncertain: 1,
};

/** A session that was stopped at its second message; another one goes on. */
const stopped: Partial<Case> = {
  ordered: true,
  items: [
    { ...item, sessionId: "s" },
    { ...item, id: "j", key: "2", sessionId: "s", ordinal: 1, state: "failed" },
    { ...item, id: "k", key: "3", sessionId: "s", ordinal: 2, state: "cancelled" },
    { ...item, id: "l", key: "4", sessionId: "t", ordinal: 3 },
  ],
  transitions: [intent, sent, { ...intent, itemId: "l", hash: "hl", at: 140 }, { ...sent, itemId: "l", at: 160 }],
  target: [taken, { ...taken, sha256: "hl", at: 150 }],
  source: [removed, { ...removed, sequenceNumber: "4", at: 170 }],
  left: new Set(["2", "3"]),
};

function words(given: Partial<Case>): string {
  return judge({ ...right, ...given }).join("\n");
}

describe("the judge of kills and faults", () => {
  it("finds nothing in a replay that went right, in one that was left alone, and in a second copy that was shown before", () => {
    expect(words({})).toBe("");
    expect(
      words({ items: [{ ...item, state: "planned" }], transitions: [], target: [], source: [], left: new Set(["1"]) }),
    ).toBe("");
    expect(words(twice)).toBe("");
    expect(words(stopped)).toBe("");
  });

  const broken: readonly [string, Partial<Case>, string][] = [
    [
      "a message that is nowhere",
      { transitions: [], target: [], source: [], items: [{ ...item, state: "planned" }] },
      "lost",
    ],
    ["R3: an original removed without a copy", { target: [] }, "R3: settled, and no copy of it has come"],
    [
      "R3: an original removed before its copy came",
      { target: [{ ...taken, at: 135 }] },
      "R3: removed before its copy",
    ],
    [
      "R3: an original removed before the record",
      { transitions: [intent, { ...sent, at: 134 }] },
      "R3: removed before the ledger",
    ],
    ["an original that went otherwise", { source: [] }, "not by a completion"],
    ["a settled item with its original", { left: new Set(["1"]) }, "its original is still there"],
    ["R2: a copy without an intent", { target: [taken, { ...taken, sha256: "other" }] }, "no intent says these bytes"],
    ["R2: a copy before its intent", { target: [{ ...taken, at: 90 }] }, "before its intent was committed"],
    ["R2: another id than the intent's", { target: [{ ...taken, messageId: "x" }] }, "its intent says m"],
    ["R5: one intent sent twice", { target: [taken, { ...taken, at: 112 }], mayResend: true }, "twice for one intent"],
    [
      "two copies although ids are detected",
      { ...twice, detection: true },
      "arrived 2 times although ids are detected",
    ],
    ["R5: a second copy without doubt", { ...twice, transitions: [intent, again, sent] }, "without having been shown"],
    ["R5: a second copy against the policy", { ...twice, mayResend: false }, "holds doubt for a person"],
    [
      "R5: a first copy that came after the second's intent",
      { ...twice, target: [{ ...taken, at: 205 }, takenAgain] },
      "could still write",
    ],
    ["R7: doubt that the audit does not show", { ...twice, shownUncertain: 0 }, "R7"],
    ["R1: a message called gone", { items: [{ ...item, state: "gone" }] }, "R1: gone"],
    [
      "R13: a session out of order",
      {
        ordered: true,
        items: [
          { ...item, sessionId: "s", ordinal: 1 },
          { ...item, id: "j", key: "2", sessionId: "s", ordinal: 0 },
        ],
        transitions: [intent, sent, { ...intent, itemId: "j", hash: "hj", at: 140 }, { ...sent, itemId: "j", at: 160 }],
        target: [taken, { ...taken, sha256: "hj", at: 150 }],
        source: [removed, { ...removed, sequenceNumber: "2", at: 170 }],
      },
      "R13: orders session s: 2 came after 1",
    ],
    ...(["gone", "changed", "refused", "failed"] as const).map((state): [string, Partial<Case>, string] => [
      `R13: a message sent behind one of its session that is ${state}`,
      {
        ordered: true,
        items: [
          { ...item, sessionId: "s", ordinal: 1 },
          { ...item, id: "j", key: "2", sessionId: "s", ordinal: 0, state },
        ],
        left: new Set(["2"]),
      },
      `R13: orders session s: 1 came although 2 is ${state}`,
    ]),
    [
      "R6: more than the rate",
      {
        transitions: Array.from({ length: 20 }, (_, n) => ({ ...intent, hash: `h${n}`, itemId: `i${n}` })),
        items: [],
        target: Array.from({ length: 20 }, (_, n) => ({ ...taken, sha256: `h${n}` })),
      },
      "R6",
    ],
  ];
  it.each(broken)("sees %s", (_, given, expected) => {
    expect(words(given)).toContain(expected);
  });
});
