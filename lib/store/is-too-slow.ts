/** True when the server ended a statement that took longer than its transaction allows. */
export function isTooSlow(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { meta, cause } = error as {
    meta?: { code?: unknown; driverAdapterError?: { cause?: { originalCode?: unknown } } };
    cause?: unknown;
  };
  const codes = [meta?.code, meta?.driverAdapterError?.cause?.originalCode, (error as { code?: unknown }).code];
  return codes.includes("57014") || isTooSlow(cause);
}
