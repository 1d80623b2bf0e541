/** A statement of the fast path: prepared once on each connection, by its name. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/**
 * Runs a prepared statement by itself, on any connection. Values are PostgreSQL's: arrays go as arrays, bytes as bytea.
 * Prisma would have every window's rows written as JSON, parsed and planned anew.
 */
export type RunStatement = <Row extends object>(statement: Statement, values: readonly unknown[]) => Promise<Row[]>;

/** The same, given up when it has no answer after `mostMs`: its connection is closed, though the statement may run all the same. */
export type RunInTime = <Row extends object>(
  statement: Statement,
  values: readonly unknown[],
  mostMs: number,
) => Promise<Row[]>;

/** Prepared statements of one transaction: rolled back when the work rejects. */
export type RunTransaction = <T>(work: (run: RunStatement) => Promise<T>) => Promise<T>;
