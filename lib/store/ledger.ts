import type { Database } from "./database";
import type { LedgerStore } from "./ports/ledger";

export function ledgerStore(_db: Database): LedgerStore {
  return {};
}
