import { expect, test } from "vitest";
import { describeError } from "./describe-error";

test("the log keeps kind, code and place of an error, and its causes", () => {
  const error = Object.assign(new TypeError("outer", { cause: new Error("inner") }), { code: "P2010" });
  const described = describeError(error);
  expect(described).toMatchObject({ type: "TypeError", code: "P2010", message: "outer", cause: { message: "inner" } });
  expect(JSON.stringify(described.stack)).toContain("describe-error.test");
});

test("the log keeps no value that a message quotes, and no message at length", () => {
  const quoted = 'Raw query failed. Code: `22P02`. Message: `invalid input syntax for type json: "{\\"card\\": 4111"`';
  expect(describeError(new Error(quoted)).message).toBe(
    "Raw query failed. Code: `22P02`. Message: `invalid input syntax for type json: …",
  );
  expect(String(describeError(new Error("x".repeat(5_000))).message)).toHaveLength(301);
  expect(JSON.stringify(describeError(new Error("line one\n    at not-a-frame secret")).stack)).not.toContain("secret");
  expect(describeError({ secret: 1 })).toEqual({ type: "object" });
});
