import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
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
  ])("%s with %j is %s", async (contentType, content, language) => {
    expect((await text(content, contentType)).language).toBe(language);
  });

  test("bytes that are no UTF-8 are binary, in Base64; what their content type said is named", async () => {
    expect(await bytes([0xff, 0xfe, 0x00])).toMatchObject({
      language: "binary",
      encoding: "base64",
      content: "//4A",
      parseError: null,
    });
    expect((await bytes([0xff], "application/json")).parseError).toBe(
      "Its content type says JSON, but the bytes are no utf-8 text.",
    );
  });
});

describe("exactness", () => {
  test("numbers, spaces and a byte order mark stay the characters that they are", async () => {
    const content = '\uFEFF{"a": 1.0,  "n": 12345678901234567890}\r\n';
    expect(await text(content, "application/json")).toMatchObject({
      content,
      parseError: null,
      editable: true,
      bytes: 43,
    });
  });

  test("Base64 in JSON is left alone, whatever it would decode to", async () => {
    const packed = gzipSync('{"deep": 1}').toString("base64");
    const words = Buffer.from("plain words").toString("base64");
    for (const content of [`{"packed": "${packed}", "words": "${words}"}`, `"${packed}"`, `["${words}"]`]) {
      for (const contentType of ["application/json", null]) {
        expect(await text(content, contentType), `${contentType} ${content}`).toMatchObject({
          content,
          encoding: "text",
          decoding: [],
          parseError: null,
          editable: true,
        });
      }
    }
    expect(await text(packed)).toMatchObject({ content: packed, language: "text", decoding: [] });
  });

  test("what does not parse is shown all the same, with the place", async () => {
    expect(await text('{"a": ', "application/json")).toMatchObject({
      content: '{"a": ',
      language: "json",
      parseError: "Line 1, column 7: a value is missing.",
      editable: true,
    });
  });

  test("another charset is decoded for the eye, and not edited", async () => {
    expect(await bytes([0x47, 0x72, 0xfc, 0xdf, 0x65], "text/plain; charset=iso-8859-1")).toMatchObject({
      content: "Grüße",
      editable: false,
      notEditableBecause: "The body is written in iso-8859-1; only UTF-8 can be edited.",
    });
    expect((await bytes([0x41], "text/plain; charset=no-such")).language).toBe("binary");
  });

  test("binary can be replaced as bytes", async () => {
    expect(await bytes([0, 1, 2])).toMatchObject({ language: "binary", editable: true });
  });
});

describe("bounds", () => {
  test("a long body is cut between characters, and then not edited", async () => {
    const cut = await text("aé€", null, 4);
    expect(cut).toMatchObject({ content: "aé", cutAt: 4, bytes: 6, editable: false });
    expect(cut.notEditableBecause).toContain("larger than the 4 bytes");
  });

  test("a cut JSON body is not said to be broken", async () => {
    expect(await text('{"a": "long enough"}', "application/json", 6)).toMatchObject({
      language: "json",
      parseError: null,
    });
  });
});

test("binary goes to the page as its bytes, for hex: nothing of it is read as text", async () => {
  const content = Uint8Array.from({ length: 5_000 }, (_, n) => n % 256);
  const shown = await describeBody(view(content), "application/json");
  expect(shown).toMatchObject({ language: "binary", encoding: "base64", bytes: 5_000, cutAt: null, decoding: [] });
  expect(Buffer.from(shown.content, "base64").equals(content)).toBe(true);
});

test("an AMQP structure is shown, and not edited", async () => {
  const structure = await describeBody({ ...view(null, "map { … }"), bodyKind: "value" }, "application/json");
  expect(structure).toMatchObject({ kind: "value", encoding: "rendered", content: "map { … }", editable: false });
});

test("a message without a body can be given one", async () => {
  const none = await describeBody({ ...view(null), bodyKind: "none" }, "application/json");
  expect(none).toMatchObject({ kind: "none", content: "", bytes: 0, parseError: null, editable: true });
});

test("bytes of an edit go as text where they are text", () => {
  expect(describeBytes(Buffer.from("\uFEFFé"))).toEqual({ encoding: "text", content: "\uFEFFé" });
  expect(describeBytes(Uint8Array.of(0xff))).toEqual({ encoding: "base64", content: "/w==" });
});

describe("compressed bodies", () => {
  const encoded = (content: Uint8Array, contentEncoding: string | null, maxBytes?: number) =>
    describeBody(
      {
        ...view(content),
        messageProperties:
          contentEncoding === null ? [] : [{ name: "content-encoding", type: "symbol", value: contentEncoding }],
      },
      "application/json",
      maxBytes,
    );
  const json = '{"n": 12345678901234567890}';

  test.each([
    ["gzip", gzipSync(json)],
    ["x-gzip", gzipSync(json)],
    ["deflate", deflateSync(json)],
    ["deflate", deflateRawSync(json)],
    ["br", brotliCompressSync(json)],
    ["gzip, br", brotliCompressSync(gzipSync(json))],
    ["identity", Buffer.from(json)],
  ])("%s is undone by the content-encoding, numbers exact", async (coding, content) => {
    expect(await encoded(content, coding)).toMatchObject({ content: json, language: "json", parseError: null });
  });

  test("what was undone is said, and such a body is not edited", async () => {
    const shown = await encoded(gzipSync(json), null);
    expect(shown.decoding).toEqual([
      `Decompressed from gzip, as its first bytes show: ${gzipSync(json).length} bytes became ${json.length}.`,
    ]);
    expect(shown).toMatchObject({ content: json, editable: false });
    expect(shown.notEditableBecause).toContain("does not compress again");
  });

  test("an encoding that does not fit, or is not known, leaves the bytes as they came and says why", async () => {
    expect((await encoded(Buffer.from(json), "gzip")).decoding[0]).toMatch(/says gzip, but it cannot be undone/);
    const unknown = await encoded(Buffer.from(json), "zstd");
    expect(unknown).toMatchObject({ content: json, editable: true });
    expect(unknown.decoding[0]).toContain('"zstd", which is not undone here');
    expect((await encoded(gzipSync(json).subarray(0, 20), "gzip")).decoding[0]).toMatch(/cannot be undone/);
  });

  test("bytes that only begin like gzip are shown as they came", async () => {
    const content = Uint8Array.from([0x1f, 0x8b, 8, ...new Uint8Array(30).fill(7)]);
    expect(await encoded(content, null)).toMatchObject({ language: "binary", decoding: [], bytes: 33 });
  });

  test("a bomb gives no more than the limit", async () => {
    const bomb = gzipSync(gzipSync(Buffer.alloc(200_000_000)));
    const shown = await encoded(bomb, "gzip, gzip", 50_000);
    expect(shown).toMatchObject({ cutAt: 50_000, editable: false });
    expect(Buffer.from(shown.content, shown.encoding === "base64" ? "base64" : "utf8").length).toBe(50_000);
    expect(shown.decoding[0]).toContain("became more than 50000");
  });

  test("UTF-16 shows itself by its byte order mark", async () => {
    expect(await describeBody(view(Buffer.from("\uFEFFGrüße", "utf16le")), null)).toMatchObject({
      content: "\uFEFFGrüße",
      decoding: ["Read as utf-16le, as its byte order mark shows."],
      editable: false,
    });
  });
});

describe("XML", () => {
  const xml = async (content: string) => (await text(content, "application/xml")).parseError;

  test.each([
    "<a/>",
    '<?xml version="1.0"?>\n<a xmlns:b="urn:b"><b:c d="1">&lt;</b:c></a>',
    "\uFEFF<a/>",
  ])("%j is well-formed", async (content) => {
    expect(await xml(content)).toBeNull();
  });

  test("what is not well-formed is named with its place", async () => {
    expect(await xml("<a>\n<b></a>")).toMatch(/^Line 2, column \d+: /);
    expect(await xml("")).not.toBeNull();
  });

  test("no entity is expanded, and one that the document declares is no error", async () => {
    const levels = Array.from({ length: 30 }, (_, n) => `<!ENTITY e${n + 1} "${`&e${n};`.repeat(10)}">`).join("");
    expect(await xml(`<!DOCTYPE a [<!ENTITY e0 "boom">${levels}]><a>&e30;</a>`)).toBeNull();
    expect(await xml("<a>&nowhere;</a>")).toMatch(/undefined entity/);
  });

  test("deep nesting ends the reading instead of slowing it down", async () => {
    expect(await xml(`${"<a>".repeat(400)}${"</a>".repeat(400)}`)).toBeNull();
    expect(await xml("<a>".repeat(300_000))).toBe("It is nested too deeply to be read.");
  });
});
