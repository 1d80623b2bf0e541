import { expect, it } from "vitest";
import { type CopyTerms, copyChanges } from "./copy-changes";

const terms: CopyTerms = {
  messageIdPolicy: "preserve",
  expiryPolicy: "keep",
  deliverAt: null,
  routeTo: null,
  stamps: true,
};
const item = { id: "3f0e", attempt: 2, key: "7", edit: null };
const now = new Date("2026-11-21T08:00:00Z");
const earlier = new Date("2026-11-21T07:00:00Z");
const later = new Date("2026-11-21T09:00:00Z");

it("R8: changes nothing but the stamps where the plan says nothing", () => {
  expect(copyChanges(terms, item, now)).toEqual({ stamp: { itemId: "3f0e", attempt: 2, originalKey: "7" } });
});

it.each([
  ["a new id, the same in every attempt", { messageIdPolicy: "new" }, { messageId: "replay-3f0e" }],
  ["a renewed life, from now", { expiryPolicy: "renew" }, { expiry: { policy: "renew", at: now } }],
  [
    "a renewed life, from the delivery",
    { expiryPolicy: "renew", deliverAt: later },
    { expiry: { policy: "renew", at: later }, scheduledFor: later },
  ],
  [
    "R10: a renewed life, from now where the time of delivery is over: else it could be over on arrival",
    { expiryPolicy: "renew", deliverAt: earlier },
    { expiry: { policy: "renew", at: now }, scheduledFor: earlier },
  ],
  ["no end of life", { expiryPolicy: "none" }, { expiry: { policy: "none" } }],
  ["one subscription", { routeTo: "billing" }, { route: "billing" }],
  ["no stamps", { stamps: false }, { stamp: null }],
] as const)("carries out what the plan decided: %s", (_, given, expected) => {
  expect(copyChanges({ ...terms, ...given }, item, now)).toMatchObject(expected);
});

it("carries the edit that was planned", () => {
  const edit = { body: Buffer.from("b"), properties: [{ name: "a", remove: true as const }] };
  expect(copyChanges(terms, { ...item, edit }, now)).toMatchObject(edit);
});
