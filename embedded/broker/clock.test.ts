import { afterEach, expect, test } from "vitest";
import { MovableClock } from "./clock";

let clock: MovableClock;
afterEach(() => clock.stop());

test("the broker's time stands still while the machine's clock is set back, and goes on from there", () => {
  let machine = 1_000_000;
  clock = new MovableClock(() => machine);
  expect(clock.now()).toBe(1_000_000);
  machine -= 3_600_000;
  expect(clock.now()).toBe(1_000_000);
  machine += 3_600_005;
  expect(clock.now()).toBe(1_000_005);
});

test("moving forward wakes what has come due, once; moving back is refused", () => {
  clock = new MovableClock(() => 5000);
  let woken = 0;
  clock.wakeAt(15_000, () => woken++);
  clock.advance(9_999);
  expect(woken).toBe(0);
  clock.advance(1);
  clock.advance(10_000);
  expect(woken).toBe(1);
  expect(() => clock.advance(-1)).toThrow(RangeError);
  expect(clock.now()).toBe(25_000);
});
