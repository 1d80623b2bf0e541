import { describe, expect, test } from "vitest";
import { encodeValue } from "@/lib/amqp/encode-value";
import { AmqpEncodeError, type AmqpValue } from "@/lib/amqp/values";
import { EVERY_TYPE } from "@/lib/testing/messages";
import { textToValue, valueToText } from "./value-text";

describe("values as text", () => {
  test.each(
    Object.entries(EVERY_TYPE).filter(([, { type }]) => !["list", "map", "array"].includes(type)),
  )("%s comes back as the same value", (_name, value) => {
    const { type, value: text } = valueToText(value);
    expect(encodeValue(textToValue(type, text))).toEqual(encodeValue(value));
  });

  test.each<[AmqpValue, string]>([
    [{ type: "float", value: Math.fround(0.1) }, "0.1"],
    [{ type: "double", value: -0 }, "-0"],
    [{ type: "double", value: Number.NaN }, "NaN"],
    [{ type: "timestamp", value: 1_700_000_000_123n }, "2023-11-14T22:13:20.123Z"],
    [{ type: "char", value: 0xd800 }, "U+d800"],
  ])("%o is %s", (value, text) => {
    expect(valueToText(value).value).toBe(text);
    expect(encodeValue(textToValue(value.type, text))).toEqual(encodeValue(value));
  });

  test.each<[string, string]>([
    ["list", "[]"],
    ["boolean", "yes"],
    ["timestamp", "yesterday"],
    ["uuid", "1234"],
    ["binary", "not Base64!"],
    ["char", "ab"],
    ["float", "1e39"],
    ["double", "1,5"],
    ["long", "9223372036854775808"],
    ["symbol", "é"],
    ["decimal64", "0x01"],
    ["null", "x"],
  ])("%s %s is refused", (type, text) => {
    expect(() => textToValue(type, text)).toThrow(AmqpEncodeError);
  });
});
