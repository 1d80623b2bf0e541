import { expect, it } from "vitest";
import type { PreparedCopy } from "@/lib/brokers/broker";
import type { RunningReplay } from "@/lib/store/ports/ledger";
import { type Held, Waiting } from "./held";

/** An item as it waits, its original of so many bytes. */
function held(id: string, { attempt = 1, bytes = 10 } = {}): Held {
  const item = { id, replayId: "r", ordinal: Number(id), key: id, sessionId: null, attempt, edit: null };
  return { item, locked: { message: { encoded: new Uint8Array(bytes) } }, link: {}, copy: null } as unknown as Held;
}

const waiting = () => new Waiting({ id: "r", ordered: false } as RunningReplay);
const COPY = { hash: new Uint8Array([1]) } as PreparedCopy;

it("what is locked once more takes the place of what waits, and the copy that is about to be intended", () => {
  const items = waiting();
  const [first] = [held("1")];
  expect(items.add([first, held("2")])).toEqual([]);
  first.copy = COPY;
  const again = held("1", { bytes: 7 });
  expect(items.add([again])).toEqual([first]);
  expect(items.bytes).toBe(17);
  const [taken] = items.take(["1"]);
  expect(taken).toBe(again);
  expect(taken?.copy).toBe(COPY);
});

it("makes the copy anew where the attempt is another one: its number is stamped on it", () => {
  const items = waiting();
  const first = { ...held("1"), copy: COPY };
  items.add([first]);
  items.add([held("1", { attempt: 2 })]);
  expect(items.take(["1"])[0]?.copy).toBeNull();
});

it("R5: a claim that is answered late does not take the place of a later attempt, which may be about to be intended", () => {
  const items = waiting();
  const later = { ...held("1", { attempt: 3 }), copy: COPY };
  items.add([later]);
  const late = held("1", { attempt: 2, bytes: 7 });
  expect(items.add([late])).toEqual([late]);
  expect(items.bytes).toBe(10);
  expect(items.take(["1"])).toEqual([later]);
});

it("what was put back and locked once more meanwhile waits once", () => {
  const items = waiting();
  const sent = held("1");
  items.add([sent]);
  items.take(["1"]);
  const again = held("1", { attempt: 2 });
  items.add([again]);
  const putBack = held("1", { attempt: 2 });
  expect(items.putBack([putBack])).toEqual([putBack]);
  expect(items.take(["1"])).toEqual([again]);
  expect(items.bytes).toBe(0);
});

it("R5: the next attempt's number is that after one that was taken back", () => {
  const items = waiting();
  items.add([{ ...held("1"), copy: COPY }, held("2", { attempt: 3 })]);
  items.skipAttempts([held("1"), held("2"), held("3")]);
  const [one, two] = items.take(["1", "2"]);
  expect([one?.item.attempt, one?.copy, two?.item.attempt]).toEqual([2, null, 3]);
});

it("R13: what is taken out while a copy of its session is out goes after that one when it comes back", () => {
  const items = new Waiting({ id: "r", ordered: true } as RunningReplay);
  const ofSession = (id: string): Held => {
    const one = held(id);
    return { ...one, item: { ...one.item, sessionId: "s" } };
  };
  const [first, second] = [ofSession("1"), ofSession("2")];
  items.add([first, second]);
  items.take(["1"]);
  expect(items.clear()).toEqual([second]);
  expect([items.size, items.bytes]).toEqual([0, 0]);
  items.add([second]);
  expect(items.next(10)).toEqual([]);
  items.accepted([first]);
  expect(items.next(10)).toEqual([second]);
});
