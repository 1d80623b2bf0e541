import { openStore } from "../../lib/store/store";
import { ensureLocalAccounts } from "../../lib/usecases/people/ensure-local-accounts";
import type { Account } from "./secrets";

/** Makes the local accounts that are missing, and gives those that exist the password that was told. */
export async function ensureAccounts(databaseUrl: string, accounts: readonly Account[]): Promise<void> {
  const store = openStore({ url: databaseUrl, poolSize: 1, applicationName: "dlq-console start" });
  try {
    await ensureLocalAccounts({ store }, Object.fromEntries(accounts.map(({ role, password }) => [role, password])));
  } finally {
    await store.close();
  }
}
