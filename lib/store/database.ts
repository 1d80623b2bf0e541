import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { type Prisma, PrismaClient } from "./generated/client";
import type { RunInTime, RunStatement, RunTransaction, Statement } from "./statement";

/** A Prisma client or a transaction of it: what the stores run their statements on. */
export type Database = Prisma.TransactionClient;

export interface DatabaseOptions {
  readonly url: string;
  /** Connections of this process at most, those for the ledger's windows, a scan's pages and the lease not counted. */
  readonly poolSize: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
}

export interface OpenDatabase {
  readonly client: PrismaClient;
  /** Prepared statements on connections of their own, for the ledger's windows. */
  readonly run: RunStatement;
  /** The same in one transaction, on connections of their own, for the scanner's pages. */
  readonly runTogether: RunTransaction;
  /** On connections of their own, for the lease. */
  readonly runInTime: RunInTime;
  close(): Promise<void>;
}

/**
 * The adapter drops the zone of every timestamp it reads and writes: sessions must be in UTC, whatever the server's default.
 * Pages read a little of much: workers and compiled plans would take longer to start than the statement takes.
 */
const SESSION = "-c TimeZone=UTC -c jit=off -c max_parallel_workers_per_gather=0";

/**
 * The statements of windows and pages look rows up by keys that they are given, so that one plan fits all their values: making another for each
 * takes a tenth of the time that the database spends on it. Kept from the first one on, it must not read tables through because they were
 * small then.
 */
const WINDOW_PLANS = "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off";
/** Connections for them at most, opened when they are wanted: what waits for another connection is a window that can wait. */
const WINDOW_CONNECTIONS = 5;

/**
 * Connections for a scan's pages: while one waits for its log to be on the disk the others go on; more of them would wait for each other in the
 * same indexes.
 */
const PAGE_CONNECTIONS = 4;
/** A page waits so long for one of them, as long as the claim of its DLQ holds; anything else waits less for a connection, ms. */
const PAGE_WAIT_MS = 15_000;
const WAIT_MS = 5_000;

/** For renewals of the lease, which must not wait behind anything else: two may have gone silent, and a third gets through. */
const LEASE_CONNECTIONS = 3;

/** The server ends a statement after so long, ms; a renewal sooner, since the next ones pile up behind it there when they are given up here. */
const STATEMENT_MS = 30_000;
const RENEWAL_MS = 10_000;

/**
 * Opens the client lazily: the first statement connects. A statement that takes longer than 30 s (a renewal of the lease: 10 s) is ended by the
 * server, so that a page or a window never waits for ever.
 */
export function openDatabase(options: DatabaseOptions): OpenDatabase {
  const pool = openPool(options, { max: options.poolSize, waitMs: WAIT_MS, session: SESSION });
  const keyed = `${SESSION} ${WINDOW_PLANS}`;
  const windows = openPool(options, { max: WINDOW_CONNECTIONS, waitMs: WAIT_MS, session: keyed });
  const pages = openPool(options, { max: PAGE_CONNECTIONS, waitMs: PAGE_WAIT_MS, session: keyed });
  const leases = openPool(options, {
    max: LEASE_CONNECTIONS,
    waitMs: WAIT_MS,
    session: keyed,
    statementMs: RENEWAL_MS,
  });
  const adapter = new PrismaPg(pool);
  const client = new PrismaClient({ adapter, transactionOptions: { maxWait: 5_000, timeout: 30_000 } });
  return {
    client,
    run: async ({ name, text }, values) => (await windows.query({ name, text, values: [...values] })).rows,
    runTogether: (work) => runTogether(pages, work),
    // The pool closes a connection whose statement was given up.
    runInTime: async ({ name, text }, values, mostMs) => {
      const statement: pg.QueryConfig & { query_timeout: number } = {
        name,
        text,
        values: [...values],
        query_timeout: mostMs,
      };
      return (await leases.query(statement)).rows;
    },
    close: async () => {
      await client.$disconnect();
      await Promise.all([pool.end(), windows.end(), pages.end(), leases.end()]);
    },
  };
}

interface PoolOptions {
  readonly max: number;
  readonly waitMs: number;
  readonly session: string;
  readonly statementMs?: number;
}

function openPool(
  { url, applicationName }: DatabaseOptions,
  { max, waitMs, session, statementMs = STATEMENT_MS }: PoolOptions,
): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: waitMs,
    idleTimeoutMillis: 30_000,
    statement_timeout: statementMs,
    // A process that is stopped, or cut off without a word, in the middle of a transaction would hold its row locks against all others.
    idle_in_transaction_session_timeout: 15_000,
    // A connection whose other end has gone silent never answers: its statement fails after the server would have ended it.
    query_timeout: statementMs + 5_000,
    keepAlive: true,
    options: session,
    application_name: applicationName,
  });
  // An idle connection that is cut is taken out of the pool; the next statement says what is wrong, if something is.
  pool.on("error", () => {});
  // Prisma gives a connection back although the end of its transaction failed, unsent even where the database was silent: whoever gets it next
  // would write into that transaction, and have it undone.
  pool.on("release", (_error, connection) => {
    const status = connection.getTransactionStatus();
    if (status === "T" || status === "E") void connection.end();
  });
  return pool;
}

async function runTogether<T>(pool: pg.Pool, work: (run: RunStatement) => Promise<T>): Promise<T> {
  const connection = await pool.connect();
  // The pool listens to idle connections alone: one that is cut here would end the process. Its next statement says so.
  const cut = () => {};
  connection.on("error", cut);
  let failure: Error | undefined;
  try {
    await connection.query("BEGIN");
    const result = await work(
      async <Row extends object>({ name, text }: Statement, values: readonly unknown[]) =>
        (await connection.query({ name, text, values: [...values] })).rows as Row[],
    );
    await connection.query("COMMIT");
    return result;
  } catch (error) {
    // Whatever state it is in: the connection is closed, and the server ends what was begun on it.
    failure = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    connection.removeListener("error", cut);
    connection.release(failure);
  }
}
