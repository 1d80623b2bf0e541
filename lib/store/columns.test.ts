import { describe, expect, it } from "vitest";
import { readNumbers } from "./columns";

describe("an array of numbers as PostgreSQL writes it", () => {
  it("is read with its nulls and signs, exactly up to 2^53", () => {
    const most = Number.MAX_SAFE_INTEGER;
    expect(readNumbers("{}")).toEqual([]);
    expect(readNumbers("{0}")).toEqual([0]);
    expect(readNumbers("{NULL}")).toEqual([null]);
    expect(readNumbers("{1,NULL,-30,NULL,NULL,5}")).toEqual([1, null, -30, null, null, 5]);
    expect(readNumbers(`{${most},${-most}}`)).toEqual([most, -most]);
  });
});
