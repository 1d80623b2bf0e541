import { PrismaPg } from "@prisma/adapter-pg";
import { type Prisma, PrismaClient } from "./generated/client";

/** A Prisma client or a transaction of it: what the stores run their statements on. */
export type Database = Prisma.TransactionClient;

export interface DatabaseOptions {
  readonly url: string;
  /** Connections of this process at most. */
  readonly poolSize: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
}

/**
 * Opens the client lazily: the first statement connects. A statement that takes longer than 30 s is ended by the
 * server, so that a page or a window never waits for ever.
 */
export function openDatabase(options: DatabaseOptions): PrismaClient {
  const adapter = new PrismaPg({
    connectionString: options.url,
    max: options.poolSize,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 30_000,
    // The adapter drops the zone of every timestamp it reads and writes: sessions must be in UTC, whatever the server's default.
    options: "-c TimeZone=UTC",
    application_name: options.applicationName,
  });
  return new PrismaClient({ adapter, transactionOptions: { maxWait: 5_000, timeout: 30_000 } });
}
