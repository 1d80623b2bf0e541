import { expect, it } from "vitest";
import { changeOf, changeWords, EMPTY_STEP } from "./change-draft";

const step = (given: Partial<typeof EMPTY_STEP>) => ({ ...EMPTY_STEP, key: "1", ...given });

it("makes a change of complete lines alone", () => {
  expect(changeOf([])).toBeNull();
  expect(changeOf([step({ name: "a" })])).toBeNull();
  expect(changeOf([step({ name: "a", value: " 1.0 " }), step({})])).toBeNull();
  expect(
    changeOf([
      step({ name: " a.b ", value: " 1.0 " }),
      step({ name: "c", act: "remove" }),
      step({ place: "property", name: "p", value: "" }),
      step({ place: "property", name: "q", act: "remove" }),
    ]),
  ).toEqual({
    body: [
      { path: "a.b", set: "1.0" },
      { path: "c", remove: true },
    ],
    properties: [
      { name: "p", set: { type: "string", value: "" } },
      { name: "q", remove: true },
    ],
  });
});

it("says what it does", () => {
  expect(
    changeWords({ body: [{ path: "a", set: '"x"' }], properties: [{ name: "p", set: { type: "int", value: "1" } }] }),
  ).toEqual(['a of the body becomes "x"', 'property p becomes "1" (int)']);
});
