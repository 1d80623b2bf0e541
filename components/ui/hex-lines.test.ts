import { describe, expect, test } from "vitest";
import { hexLines } from "./hex-lines";

describe("bytes as hex", () => {
  test("a line is offset, sixteen bytes and what of them can be printed", () => {
    const bytes = Uint8Array.from([0, 1, 0x1f, 0x20, 0x41, 0x7e, 0x7f, 0x80, 0xff, 0x0a, ...Buffer.from("Grüße!")]);
    expect(hexLines(bytes)).toEqual({
      lines: [
        "00000000  00 01 1f 20 41 7e 7f 80 ff 0a 47 72 c3 bc c3 9f  ... A~....Gr....",
        "00000010  65 21                                            e!",
      ],
      rest: 0,
    });
  });

  test("no bytes are no lines", () => {
    expect(hexLines(new Uint8Array())).toEqual({ lines: [], rest: 0 });
  });

  test.each([
    [4_095, 256, 0],
    [4_096, 256, 0],
    [4_097, 256, 1],
    [1_000_000, 256, 995_904],
    [17, 2, 0],
  ])("of %i bytes %i lines are shown, and %i bytes are said to follow", (length, count, rest) => {
    const shown = hexLines(new Uint8Array(length).fill(0x2a));
    expect([shown.lines.length, shown.rest]).toEqual([count, rest]);
    expect(shown.lines.at(-1)).toMatch(/^[0-9a-f]{8} {2}2a/);
  });
});
