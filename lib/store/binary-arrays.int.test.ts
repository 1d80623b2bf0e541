import { expect, it } from "vitest";
import { testDatabase } from "@/lib/testing/test-database";
import { byteaArray, int4Array, int8Array, jsonbArray, textArray, timestamptzArray, uuidArray } from "./binary-arrays";

/** What PostgreSQL reads in arrays that are sent in its binary form. */
const database = await testDatabase();
const id = "0d2f7a5e-8a41-4c0b-9d3e-5b7c1f2e6a90";
const itself = <T>(value: T): T => value;

async function read(type: string, array: Buffer): Promise<(string | null)[]> {
  const rows = await database.query<{ x: string | null }>(
    `SELECT x::text AS x FROM unnest($1::${type}[]) WITH ORDINALITY AS u(x, n) ORDER BY n`,
    [array],
  );
  return rows.map(({ x }) => x);
}

it("sends texts of any length, empty ones and none", async () => {
  const texts = ["", "NULL", null, 'a "quoted", {braced} \\ one', "käse 🧀", "x".repeat(70_000)];
  expect(await read("text", textArray(texts, itself))).toEqual(texts);
});

it("sends numbers to their limits", async () => {
  const numbers = [0, -1, null, 2_147_483_647, -2_147_483_648];
  expect(await read("int4", int4Array(numbers, itself))).toEqual(numbers.map((n) => n?.toString() ?? null));
  const large = [0n, -1n, null, 9_223_372_036_854_775_807n, -9_223_372_036_854_775_808n];
  expect(await read("int8", int8Array(large, itself))).toEqual(large.map((n) => n?.toString() ?? null));
});

it("sends times to the millisecond, before and after 2000 and 1970", async () => {
  const times = [
    "2026-11-21T12:34:56.789Z",
    "1969-12-31T23:59:59.999Z",
    "0001-01-01T00:00:00.000Z",
    "9999-12-31T23:59:59.999Z",
  ];
  const array = timestamptzArray([...times.map((time) => new Date(time)), null], itself);
  const rows = await database.query<{ x: string | null }>(
    `SELECT to_char(x AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS x FROM unnest($1::timestamptz[]) WITH ORDINALITY AS u(x, n) ORDER BY n`,
    [array],
  );
  expect(rows.map(({ x }) => x)).toEqual([...times, null]);
});

it("sends bytes, ids and JSON", async () => {
  const bytes = [Buffer.alloc(0), Buffer.from([0, 255, 10]), new Uint8Array([1, 2, 3, 4]).subarray(1, 3)];
  expect(await read("bytea", byteaArray(bytes, itself))).toEqual(["\\x", "\\x00ff0a", "\\x0203"]);
  expect(await read("uuid", uuidArray([id, null], itself))).toEqual([id, null]);
  expect(
    await read(
      "jsonb",
      jsonbArray(['{"a": 1.50}', "[]"], (json) => Buffer.from(json)),
    ),
  ).toEqual(['{"a": 1.50}', "[]"]);
});

it("sends none at all", async () => {
  expect(await read("text", textArray([], itself))).toEqual([]);
  expect(await read("int8", int8Array([], itself))).toEqual([]);
  expect(await read("bytea", byteaArray([], itself))).toEqual([]);
});
