import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { testDatabase } from "@/lib/testing/test-database";
import { applyMigrations } from "./migrate";

let directory: string;
let database: Awaited<ReturnType<typeof testDatabase>>;
const lines: string[] = [];
const apply = () => applyMigrations(database.url, directory, (line) => lines.push(line));

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "migrations-"));
  lines.length = 0;
  database = await testDatabase();
  // The database is a copy with the product's migrations; here it begins without any.
  await database.query('TRUNCATE "_prisma_migrations"');
});

afterEach(() => rm(directory, { recursive: true, force: true }));

async function write(name: string, sql: string): Promise<void> {
  await mkdir(join(directory, name), { recursive: true });
  await writeFile(join(directory, name, "migration.sql"), sql);
}

const records = () =>
  database.query<Record<string, unknown>>(
    'SELECT migration_name, checksum, finished_at IS NOT NULL AS finished, applied_steps_count FROM "_prisma_migrations" ORDER BY started_at',
  );

describe("migrations", () => {
  it("are applied in the order of their names, once, with the records that Prisma reads", async () => {
    await write("2_second", "ALTER TABLE made ADD COLUMN b int;");
    await write(
      "1_first",
      "CREATE TABLE made (a int); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$;",
    );
    expect(await apply()).toEqual(["1_first", "2_second"]);
    expect(await database.query("SELECT a, b, f() FROM made")).toEqual([]);
    expect(await records()).toEqual([
      {
        migration_name: "1_first",
        checksum: "615eef22dee4942d6a5d663f307cf266ee72de73a284067cb3aff3b4e64687a0",
        finished: true,
        applied_steps_count: 1,
      },
      {
        migration_name: "2_second",
        checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
        finished: true,
        applied_steps_count: 1,
      },
    ]);
    expect(await apply()).toEqual([]);
  });

  it("are applied once by processes that start together", async () => {
    await write("1_first", "CREATE TABLE made (a int); SELECT pg_sleep(0.1);");
    expect((await Promise.all([apply(), apply(), apply()])).flat()).toEqual(["1_first"]);
  });

  it("that fail are taken back whole and named, and can be tried again", async () => {
    await write("1_first", "CREATE TABLE made (a int); SELECT 1 / 0;");
    await expect(apply()).rejects.toThrow(/1_first failed and was taken back whole: division by zero/);
    expect(await records()).toEqual([]);
    await write("1_first", "CREATE TABLE made (a int);");
    expect(await apply()).toEqual(["1_first"]);
  });

  it("that were changed after they had been applied are refused; line ends are no change", async () => {
    await write("1_first", "CREATE TABLE made (a int);\nSELECT 1;\n");
    await apply();
    await write("1_first", "CREATE TABLE made (a int);\r\nSELECT 1;\r\n");
    expect(await apply()).toEqual([]);
    await write("1_first", "CREATE TABLE made (a bigint);\nSELECT 1;\n");
    await expect(apply()).rejects.toThrow(/1_first was changed after it had been applied/);
  });

  it("stop at one that another tool left unfinished, but not at one that was rolled back", async () => {
    await write("1_first", "CREATE TABLE made (a int);");
    await database.query(
      `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, logs) VALUES ('1', '0', '1_first', 'it broke')`,
    );
    await expect(apply()).rejects.toThrow(/1_first began and did not finish \(it broke\)/);
    await database.query('UPDATE "_prisma_migrations" SET rolled_back_at = now()');
    expect(await apply()).toEqual(["1_first"]);
  });

  it("of a newer version are told and left alone", async () => {
    await write("1_first", "CREATE TABLE made (a int);");
    await write("2_second", "SELECT 1;");
    await apply();
    await rm(join(directory, "2_second"), { recursive: true });
    lines.length = 0;
    expect(await apply()).toEqual([]);
    expect(lines).toEqual([expect.stringContaining("2_second is in the database but not in this version")]);
  });

  it("say so when the database cannot be reached, and when there are none", async () => {
    await expect(applyMigrations("postgresql://postgres@127.0.0.1:1/x", directory, () => {})).rejects.toThrow(
      /no migrations in/,
    );
    await write("1_first", "SELECT 1;");
    await expect(applyMigrations("postgresql://postgres@127.0.0.1:1/x", directory, () => {})).rejects.toThrow(
      /cannot be reached: connect ECONNREFUSED/,
    );
  });
});
