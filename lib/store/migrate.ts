import { createHash, randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";

/** The session lock that Prisma's own `migrate deploy` takes, so that the two never run at once. */
const MIGRATION_LOCK = 72_707_369;
const LOCK_WAIT_SECONDS = 60;

interface Migration {
  readonly name: string;
  readonly sql: string;
}

interface MigrationRecord {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished: boolean;
  readonly logs: string | null;
}

/** Why the database cannot be migrated, in words for whoever starts the console. Nothing was changed by the failed step. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

/**
 * Applies `directory`/<name>/migration.sql in the order of the names, each in one transaction together with its row in
 * `_prisma_migrations`, which is what `prisma migrate status` and `deploy` read. Safe to run again and from several
 * processes at once. Throws `MigrationError` when an applied migration's file was changed, when an earlier one failed
 * half-way under another tool, when a script fails, or when the database cannot be reached. Returns the names applied now.
 */
export async function applyMigrations(
  databaseUrl: string,
  directory: string,
  log: (line: string) => void,
): Promise<string[]> {
  const migrations = await readMigrations(directory);
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: "dlq-console migrations",
    connectionTimeoutMillis: 10_000,
  });
  // A server that goes away in the middle also fails the statement under way; without a listener it would end the process.
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (error) {
    throw new MigrationError(`the database cannot be reached: ${messageOf(error)}`, { cause: error });
  }
  try {
    await takeLock(client);
    await client.query(CREATE_RECORDS);
    const pending = decidePending(migrations, await readRecords(client), log);
    for (const migration of pending) {
      const began = performance.now();
      await applyOne(client, migration);
      log(`migration ${migration.name} applied in ${Math.round(performance.now() - began)} ms`);
    }
    return pending.map((migration) => migration.name);
  } finally {
    // Ending the session releases the lock.
    await client.end().catch(() => {});
  }
}

async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  if (names.length === 0) throw new MigrationError(`no migrations in ${directory}`);
  return Promise.all(
    names.sort().map(async (name) => ({ name, sql: await readFile(join(directory, name, "migration.sql"), "utf8") })),
  );
}

async function takeLock(client: pg.Client): Promise<void> {
  await client.query(`SET lock_timeout = '${LOCK_WAIT_SECONDS}s'`);
  try {
    await client.query("SELECT pg_advisory_lock($1)", [MIGRATION_LOCK]);
  } catch (error) {
    if ((error as { code?: string }).code !== "55P03") throw error;
    throw new MigrationError(
      `another process has been migrating this database for over ${LOCK_WAIT_SECONDS} s; wait for it and start again`,
    );
  }
  await client.query("SET lock_timeout = 0");
}

const CREATE_RECORDS = `
  CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id" VARCHAR(36) PRIMARY KEY NOT NULL,
    "checksum" VARCHAR(64) NOT NULL,
    "finished_at" TIMESTAMPTZ,
    "migration_name" VARCHAR(255) NOT NULL,
    "logs" TEXT,
    "rolled_back_at" TIMESTAMPTZ,
    "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "applied_steps_count" INTEGER NOT NULL DEFAULT 0
  )`;

async function readRecords(client: pg.Client): Promise<MigrationRecord[]> {
  const result = await client.query<MigrationRecord>(`
    SELECT migration_name, checksum, finished_at IS NOT NULL AS finished, logs
    FROM "_prisma_migrations" WHERE rolled_back_at IS NULL ORDER BY started_at`);
  return result.rows;
}

function decidePending(
  migrations: readonly Migration[],
  records: readonly MigrationRecord[],
  log: (line: string) => void,
): Migration[] {
  const failed = records.find((record) => !record.finished);
  if (failed !== undefined) {
    throw new MigrationError(
      `migration ${failed.migration_name} began and did not finish${failed.logs ? ` (${failed.logs.slice(0, 300)})` : ""}; ` +
        "see what it left behind, mend it, and mark it with `prisma migrate resolve`",
    );
  }
  const known = new Set(migrations.map((migration) => migration.name));
  for (const record of records) {
    if (!known.has(record.migration_name))
      log(
        `migration ${record.migration_name} is in the database but not in this version: a newer version has run on it`,
      );
  }
  const applied = new Map(records.map((record) => [record.migration_name, record.checksum]));
  return migrations.filter((migration) => {
    const checksum = applied.get(migration.name);
    if (checksum === undefined) return true;
    if (!matches(migration.sql, checksum)) {
      throw new MigrationError(
        `migration ${migration.name} was changed after it had been applied to this database; restore its file, and put the change into a migration of its own`,
      );
    }
    return false;
  });
}

async function applyOne(client: pg.Client, migration: Migration): Promise<void> {
  await client.query("BEGIN");
  try {
    const id = randomUUID();
    await client.query(
      `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "started_at") VALUES ($1, $2, $3, clock_timestamp())`,
      [id, sha256(migration.sql), migration.name],
    );
    await client.query(migration.sql);
    await client.query(
      `UPDATE "_prisma_migrations" SET "finished_at" = clock_timestamp(), "applied_steps_count" = 1 WHERE "id" = $1`,
      [id],
    );
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {});
    throw new MigrationError(`migration ${migration.name} failed and was taken back whole: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** A checkout may have turned line ends; Prisma takes either for the same script. */
function matches(sql: string, checksum: string): boolean {
  const lf = sql.replaceAll("\r\n", "\n");
  return [sql, lf, lf.replaceAll("\n", "\r\n")].some((text) => sha256(text) === checksum);
}

function sha256(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
