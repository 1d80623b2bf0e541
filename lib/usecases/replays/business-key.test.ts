import { expect, it } from "vitest";
import { businessKeyOf } from "./business-key";

const view = {
  applicationProperties: [{ name: "orderId", type: "string", value: "A-7" }],
  body: Buffer.from('{"order": {"id": 12345678901234567890, "lines": [{"sku": "x"}], "a/b": true}, "none": null}'),
};

it.each([
  ["orderId", "A-7"],
  ["missing", null],
  ["/order/id", "12345678901234567890"],
  ["/order/lines/0/sku", "x"],
  ["/order/a~1b", "true"],
  ["/order/lines", null],
  ["/none", null],
  ["/order/id/deeper", null],
])("reads the business key at %s", (where, expected) => {
  expect(businessKeyOf(where, view)).toBe(expected);
});

it("finds none in what is no JSON", () => {
  expect(businessKeyOf("/a", { applicationProperties: [], body: Buffer.from([0xff, 0x00]) })).toBeNull();
  expect(businessKeyOf("/a", { applicationProperties: [], body: null })).toBeNull();
});
