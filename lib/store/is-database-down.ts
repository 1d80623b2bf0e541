/** Kinds of the driver's errors, and codes of Prisma, sockets and PostgreSQL, that mean: not reached, refused or going down. */
const KINDS = [
  "AuthenticationFailed",
  "ConnectionClosed",
  "DatabaseAccessDenied",
  "DatabaseDoesNotExist",
  "DatabaseNotReachable",
  "SocketTimeout",
  "TlsConnectionError",
  "TooManyConnections",
];
const CODES = ["P1000", "P1001", "P1002", "P1003", "P1008", "P1010", "P1011", "P1017", "P2024", "P2028"];
const SOCKET = ["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EPIPE", "ETIMEDOUT", "57P01", "57P02", "57P03", "53300"];

/**
 * True when a statement failed because there was no database to run it, and not because of what it said. Whether a
 * transaction that was being committed took effect is then unknown.
 */
export function isDatabaseDown(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, meta, cause } = error as {
    code?: unknown;
    meta?: { driverAdapterError?: { cause?: { kind?: unknown; originalCode?: unknown } } };
    cause?: unknown;
  };
  const driver = meta?.driverAdapterError?.cause;
  return (
    [...CODES, ...SOCKET].includes(String(code)) ||
    KINDS.includes(String(driver?.kind)) ||
    SOCKET.includes(String(driver?.originalCode)) ||
    isDatabaseDown(cause)
  );
}
