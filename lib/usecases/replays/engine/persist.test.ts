import { expect, it } from "vitest";
import type { EngineContext } from "./context";
import { persist } from "./persist";

/** A lease that runs out in the midst of the first `lapsing` writes and is renewed before their answers come. */
function lapsing(times: number) {
  let writes = 0;
  const lease = { isValid: () => true, isLost: () => false, lapses: 0 };
  const context = { lease, log: { warn: () => {} } } as unknown as EngineContext;
  const write = async () => {
    writes += 1;
    if (writes <= times) lease.lapses += 1;
    return writes <= times ? "nothing" : "all";
  };
  return { context, write, writes: () => writes };
}

it("R2, R4: writes again what was asked while the lease had run out, although it is valid again", async () => {
  const { context, write, writes } = lapsing(2);
  expect(await persist(context, "release", write)).toBe("all");
  expect(writes()).toBe(3);
});

it("takes the answer of a lease that has held, and one in which it sees that all was written", async () => {
  const held = lapsing(0);
  expect(await persist(held.context, "release", held.write)).toBe("all");
  expect(held.writes()).toBe(1);
  const told = lapsing(1);
  expect(await persist(told.context, "sent", told.write, () => true)).toBe("nothing");
  expect(told.writes()).toBe(1);
});
