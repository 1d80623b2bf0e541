import { describe, expect, test } from "vitest";
import type { MessageView } from "@/lib/brokers/broker";
import { describeBody, describeBytes } from "./describe-body";

const view = (body: Uint8Array | null, bodyText: string | null = null): MessageView => ({
  bodyKind: "data",
  body,
  bodyText,
  header: [],
  annotations: [],
  messageProperties: [],
  applicationProperties: [],
});
const text = (content: string, contentType: string | null = null, maxBytes?: number) =>
  describeBody(view(Buffer.from(content, "utf8")), contentType, maxBytes);
const bytes = (content: readonly number[], contentType: string | null = null) =>
  describeBody(view(Uint8Array.from(content)), contentType);

describe("what a body is written in", () => {
  test.each([
    ["application/json", "{", "json"],
    ["application/cloudevents+json; charset=UTF-8", "{}", "json"],
    ["APPLICATION/JSON", "[]", "json"],
    ["application/xml", "<a/>", "xml"],
    ["image/svg+xml", "<svg/>", "xml"],
    [null, '{"a": 1}', "json"],
    ["application/octet-stream", "[1, 2]", "json"],
    ["text/plain", "{not json}", "text"],
    [null, '<?xml version="1.0"?><a/>', "xml"],
    [null, "a < b", "text"],
    [null, "", "text"],
    [null, "line\tone\r\nline two", "text"],
    [null, "PK\u0003\u0004", "binary"],
  ])("%s with %j is %s", (contentType, content, language) => {
    expect(text(content, contentType).language).toBe(language);
  });

  test("bytes that are no UTF-8 are binary, in Base64; what their content type said is named", () => {
    expect(bytes([0xff, 0xfe, 0x00])).toMatchObject({
      language: "binary",
      encoding: "base64",
      content: "//4A",
      parseError: null,
    });
    expect(bytes([0xff], "application/json").parseError).toBe(
      "Its content type says JSON, but the bytes are no utf-8 text.",
    );
  });
});

describe("exactness", () => {
  test("numbers, spaces and a byte order mark stay the characters that they are", () => {
    const content = '\uFEFF{"a": 1.0,  "n": 12345678901234567890}\r\n';
    expect(text(content, "application/json")).toMatchObject({ content, parseError: null, editable: true, bytes: 43 });
  });

  test("what does not parse is shown all the same, with the place", () => {
    expect(text('{"a": ', "application/json")).toMatchObject({
      content: '{"a": ',
      language: "json",
      parseError: "Line 1, column 7: a value is missing.",
      editable: true,
    });
  });

  test("another charset is decoded for the eye, and not edited", () => {
    expect(bytes([0x47, 0x72, 0xfc, 0xdf, 0x65], "text/plain; charset=iso-8859-1")).toMatchObject({
      content: "Grüße",
      editable: false,
      notEditableBecause: "The body is written in iso-8859-1; only UTF-8 can be edited.",
    });
    expect(bytes([0x41], "text/plain; charset=no-such").language).toBe("binary");
  });

  test("binary can be replaced as bytes", () => {
    expect(bytes([0, 1, 2])).toMatchObject({ language: "binary", editable: true });
  });
});

describe("bounds", () => {
  test("a long body is cut between characters, and then not edited", () => {
    const cut = text("aé€", null, 4);
    expect(cut).toMatchObject({ content: "aé", cutAt: 4, bytes: 6, editable: false });
    expect(cut.notEditableBecause).toContain("larger than the 4 bytes");
  });

  test("a cut JSON body is not said to be broken", () => {
    expect(text('{"a": "long enough"}', "application/json", 6)).toMatchObject({ language: "json", parseError: null });
  });
});

test("an AMQP structure is shown, and not edited", () => {
  const structure = describeBody({ ...view(null, "map { … }"), bodyKind: "value" }, "application/json");
  expect(structure).toMatchObject({ kind: "value", encoding: "rendered", content: "map { … }", editable: false });
});

test("a message without a body can be given one", () => {
  const none = describeBody({ ...view(null), bodyKind: "none" }, "application/json");
  expect(none).toMatchObject({ kind: "none", content: "", bytes: 0, parseError: null, editable: true });
});

test("bytes of an edit go as text where they are text", () => {
  expect(describeBytes(Buffer.from("\uFEFFé"))).toEqual({ encoding: "text", content: "\uFEFFé" });
  expect(describeBytes(Uint8Array.of(0xff))).toEqual({ encoding: "base64", content: "/w==" });
});
