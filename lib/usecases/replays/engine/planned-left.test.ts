import { expect, it } from "vitest";
import { MOST_PLANNED_COUNTED } from "@/lib/store/ports/ledger";
import { PlannedLeft } from "./planned-left";

/** So many planned on record, and so many of these in the lanes; how often another look was asked for. */
function plannedLeft(planned: number) {
  const lanes = { planned: 0, looks: 0 };
  const left = new PlannedLeft(planned, {
    plannedHere: () => lanes.planned,
    lookSoon: () => {
      lanes.looks += 1;
    },
  });
  return { left, lanes };
}

it("does not count what was taken, also when it has left the lanes before the record is looked at again", () => {
  const { left, lanes } = plannedLeft(300);
  left.take(200);
  lanes.planned = 200;
  expect(left.count()).toBe(100);
  lanes.planned = 0;
  expect(left.count()).toBe(100);
  expect(lanes.looks).toBe(0);
});

it("counts nothing twice that is taken while the record is being looked at", () => {
  const { left, lanes } = plannedLeft(300);
  left.take(100);
  lanes.planned = 100;
  left.beforeLook();
  left.take(50);
  lanes.planned = 150;
  left.update(300);
  expect(left.count()).toBe(150);
});

it("has the record looked at once when all of it is taken, and not while the lanes have some", () => {
  const { left, lanes } = plannedLeft(10);
  left.take(10);
  lanes.planned = 10;
  expect([left.count(), lanes.looks]).toEqual([0, 0]);
  lanes.planned = 0;
  expect([left.count(), left.count(), lanes.looks]).toEqual([0, 0, 1]);
  left.beforeLook();
  left.update(3);
  expect([left.count(), lanes.looks]).toEqual([3, 1]);
});

it("says nothing of a record on which nothing has changed: looks would follow each other for ever", () => {
  const { left, lanes } = plannedLeft(10);
  left.take(10);
  left.beforeLook();
  left.update(0);
  expect([left.count(), lanes.looks]).toEqual([0, 0]);
  // Another worker has these.
  left.beforeLook();
  left.update(10);
  left.take(10);
  left.beforeLook();
  left.update(10);
  left.take(10);
  expect(left.count()).toBe(0);
  expect(lanes.looks).toBe(1);
});

it("goes on where the record was not counted to its end, though the next look is late", () => {
  const { left, lanes } = plannedLeft(MOST_PLANNED_COUNTED);
  left.take(MOST_PLANNED_COUNTED);
  lanes.planned = 500;
  expect(left.count()).toBeGreaterThan(0);
  expect(lanes.looks).toBe(1);
});
