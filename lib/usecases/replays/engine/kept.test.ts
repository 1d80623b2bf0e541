import { expect, it } from "vitest";
import { KeptMessages, type Taken } from "./kept";
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

const positions = (kept: KeptMessages, max = 10) => kept.next(max).map(({ locked }) => Number(locked.message.key));

it("R13: keeps the first of what came too kept, in the order of the DLQ, each tried in turn, and lets go of what is beyond its bounds", () => {
  const [older, newer] = [linkOf(), linkOf()];
  const kept = new KeptMessages(links, { messages: 3, bytes: 1_000 });
  kept.keep([taken(10, older), taken(12, older)]);
  kept.keep([taken(11, newer), taken(9, newer)]);
  expect(positions(kept)).toEqual([9, 10, 11]);
  expect([positions(kept, 2), positions(kept, 2), positions(kept, 2)]).toEqual([[9, 10], [11], [9, 10]]);
  expect([kept.bytes, older.inUse, newer.inUse]).toEqual([30, 1, 2]);
});

it("bounds what it keeps by its bytes", () => {
  const link = linkOf();
  const kept = new KeptMessages(links, { messages: 100, bytes: 1_000 });
  kept.keep([taken(1, link, 600), taken(2, link, 600), taken(3, link, 100)]);
  expect(positions(kept), "one that is too large takes the place of itself alone").toEqual([1, 3]);
  expect([kept.bytes, link.inUse]).toEqual([700, 2]);
  kept.drop(() => true);
  expect([kept.bytes, link.inUse]).toEqual([0, 0]);
});
