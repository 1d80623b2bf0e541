import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, inject } from "vitest";
import type { Store } from "../store/ports";
import { openStore } from "../store/store";
import { databaseUrl, TEMPLATE } from "./postgres-setup";

export interface TestDatabase {
  readonly url: string;
  /** Runs one statement on a connection beside the store's, to look at what it wrote or to do what another process would. */
  query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
}

/**
 * A database of this test file's own with all migrations, made in some ten milliseconds as a copy of a template and
 * dropped with the file. Call it at the top level of a `*.int.test.ts` or in `beforeAll`.
 */
export async function testDatabase(): Promise<TestDatabase> {
  const server = inject("postgresUrl");
  const name = `test_${randomBytes(8).toString("hex")}`;
  await runAlone(server, `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE} STRATEGY file_copy`);
  const url = databaseUrl(server, name);
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  // The database is dropped under the feet of whatever is still connected.
  pool.on("error", () => {});
  afterAll(async () => {
    await pool.end();
    await runAlone(server, `DROP DATABASE ${name} WITH (FORCE)`);
  });
  return { url, query: async (sql, values = []) => (await pool.query(sql, [...values])).rows };
}

/** A store over a database; closed with the test file. */
export function testStore(database: TestDatabase, poolSize = 5): Store {
  const store = openStore({ url: database.url, poolSize, applicationName: "test" });
  afterAll(() => store.close());
  return store;
}

async function runAlone(url: string, sql: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
