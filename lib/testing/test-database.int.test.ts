import { expect, test } from "vitest";
import { testDatabase } from "./test-database";

const database = await testDatabase();
const other = await testDatabase();

test("a test database has all migrations, and is of one file alone", async () => {
  await database.query("INSERT INTO namespace (name, broker) VALUES ('shop', 'service-bus')");
  expect(await database.query("SELECT name FROM namespace")).toEqual([{ name: "shop" }]);
  expect(await other.query("SELECT name FROM namespace")).toEqual([]);
});

test("tests run in a zone other than UTC, and the database's clock is not moved by it", async () => {
  expect(new Date().getTimezoneOffset()).toBe(-330);
  const [row] = await database.query<{ now: Date }>("SELECT clock_timestamp() AS now");
  expect(Math.abs(Number(row?.now) - Date.now())).toBeLessThan(5_000);
});
