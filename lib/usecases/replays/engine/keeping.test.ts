import { expect, it } from "vitest";
import type { Claims } from "@/lib/store/ports/ledger";
import { Keeping } from "./keeping";
import type { Taken } from "./kept";
import type { Link } from "./link";
import type { Links } from "./links";

const link = { inUse: 0 } as Link;
const links = {
  release: (given: Link) => {
    given.inUse -= 1;
  },
} as Links;

function taken(position: number, lockMs = 60_000): Taken {
  const message = { key: String(position), position: BigInt(position), encoded: new Uint8Array(10) };
  return { link, locked: { message, lockMs } } as unknown as Taken;
}

/** Kept messages, a clock, and what was tried; `claims` answers each try. */
function keepingWith(answer: (keys: string[]) => Partial<Claims>) {
  const clock = { now: 0 };
  const tried: string[][] = [];
  const keeping = new Keeping(links, 1_000_000, () => clock.now);
  const claim = () =>
    keeping.claim(async (given) => {
      const keys = given.map(({ locked }) => locked.message.key);
      tried.push(keys);
      return { claimed: [], sent: [], waiting: [], notNow: [], changed: 0, ...answer(keys) };
    });
  return { keeping, claim, tried, clock };
}

const items = (keys: string[]) => keys.map((key) => ({ key })) as unknown as Claims["claimed"];

it("tries all that is set aside when the replays that send are others, then rarely, and keeps what no replay wants now", async () => {
  const { keeping, claim, tried, clock } = keepingWith(() => ({}));
  keeping.setAside(Array.from({ length: 700 }, (_, n) => taken(n)));
  expect(await claim()).toBe(false);
  expect(tried.map((keys) => keys.length)).toEqual([500, 200]);
  clock.now += 1_000;
  expect(await claim()).toBe(false);
  expect(tried).toHaveLength(2);
  keeping.tryAgain();
  await claim();
  expect(tried).toHaveLength(4);
  expect(keeping.size).toBe(700);
});

it("does not try all anew because more of it was locked on the way", async () => {
  const { keeping, claim, tried } = keepingWith(() => ({}));
  keeping.setAside([taken(1)]);
  await claim();
  keeping.setAside([taken(2)]);
  await claim();
  expect(tried).toEqual([["1"]]);
});

it("a replay that may send again in the midst of the tries is not left to the next time", async () => {
  let mayGo = false;
  const { keeping, claim } = keepingWith((keys) => {
    const claims = mayGo ? { claimed: items(keys) } : {};
    if (!mayGo) keeping.tryAgain();
    mayGo = true;
    return claims;
  });
  keeping.setAside([taken(1)]);
  expect(await claim()).toBe(false);
  expect(await claim()).toBe(true);
  expect(keeping.size).toBe(0);
});

it("what is claimed or sent is no longer kept, and what waits for its session is tried often from then on", async () => {
  const { keeping, claim, tried, clock } = keepingWith((keys) => ({
    claimed: items(keys.filter((key) => key === "1")),
    sent: items(keys.filter((key) => key === "2")),
    waiting: keys.filter((key) => key === "3"),
  }));
  link.inUse = 0;
  keeping.setAside([taken(1), taken(2), taken(3), taken(4)]);
  expect(await claim()).toBe(true);
  expect([keeping.size, link.inUse]).toEqual([2, 2]);
  await claim();
  clock.now += 300;
  await claim();
  expect(tried.slice(1)).toEqual([["4"], ["3"], ["3"]]);
});

it("keeps nothing that is under no lock: it would never be over", () => {
  const { keeping } = keepingWith(() => ({}));
  keeping.setAside([taken(1, Number.POSITIVE_INFINITY)]);
  expect(keeping.size).toBe(0);
});
