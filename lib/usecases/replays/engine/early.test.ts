import { expect, it } from "vitest";
import { EarlyMessages, type Taken } from "./early";
import type { Link } from "./link";
import type { Links } from "./links";

const linkOf = () => ({ inUse: 0 }) as Link;
const links = {
  release: (link: Link) => {
    link.inUse -= 1;
  },
} as Links;

/** A locked message of so many bytes. */
function taken(position: number, link: Link, bytes = 10): Taken {
  const message = { key: String(position), position: BigInt(position), encoded: new Uint8Array(bytes) };
  return { link, locked: { message } } as unknown as Taken;
}

const positions = (early: EarlyMessages, max = 10) => early.next(max).map(({ locked }) => Number(locked.message.key));

it("R13: keeps the first of what came too early, in the order of the DLQ, each tried in turn, and lets go of what is beyond its bounds", () => {
  const [older, newer] = [linkOf(), linkOf()];
  const early = new EarlyMessages(links, { messages: 3, bytes: 1_000 });
  early.keep([taken(10, older), taken(12, older)]);
  early.keep([taken(11, newer), taken(9, newer)]);
  expect(positions(early)).toEqual([9, 10, 11]);
  expect([positions(early, 2), positions(early, 2), positions(early, 2)]).toEqual([[9, 10], [11], [9, 10]]);
  expect([early.bytes, older.inUse, newer.inUse]).toEqual([30, 1, 2]);
});

it("bounds what it keeps by its bytes", () => {
  const link = linkOf();
  const early = new EarlyMessages(links, { messages: 100, bytes: 1_000 });
  early.keep([taken(1, link, 600), taken(2, link, 600), taken(3, link, 100)]);
  expect(positions(early)).toEqual([1]);
  expect([early.bytes, link.inUse]).toEqual([600, 1]);
  early.drop(() => true);
  expect([early.bytes, link.inUse]).toEqual([0, 0]);
});
