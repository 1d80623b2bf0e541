import { auditStore } from "./audit";
import { causeStore } from "./causes";
import { confirmationStore } from "./confirmations";
import { contentFetchStore } from "./content-fetches";
import { type Database, type DatabaseOptions, openDatabase } from "./database";
import { deadLetterStore } from "./dead-letters";
import { editStore } from "./edits";
import { exportStore } from "./exports";
import { groupEditStore } from "./group-edits";
import { guardStore } from "./guards";
import { ledgerStore } from "./ledger";
import { ledgerWindows } from "./ledger-windows";
import { metricsStore } from "./metrics";
import { personStore } from "./people";
import { planStore } from "./plans";
import { policyStore } from "./policies";
import type { Store, StoreScope } from "./ports";
import { queueStore } from "./queues";
import { replayStore } from "./replays";
import { rollupStore } from "./rollups";
import { savedFilterStore } from "./saved-filters";
import { pageScope } from "./scan-pages";
import { scanStore } from "./scans";
import { searchStore } from "./search";
import { stopStore } from "./stops";
import { targetStore } from "./targets";
import { throttleStore } from "./throttle";
import { leaseStore, workerStore } from "./workers";

function scope(db: Database): StoreScope {
  return {
    queues: queueStore(db),
    causes: causeStore(db),
    scans: scanStore(db),
    search: searchStore(db),
    savedFilters: savedFilterStore(db),
    deadLetters: deadLetterStore(db),
    contentFetches: contentFetchStore(db),
    edits: editStore(db),
    exports: exportStore(db),
    groupEdits: groupEditStore(db),
    policies: policyStore(db),
    stops: stopStore(db),
    replays: replayStore(db),
    plans: planStore(db),
    guards: guardStore(db),
    confirmations: confirmationStore(db),
    ledger: ledgerStore(db),
    targets: targetStore(db),
    throttle: throttleStore(db),
    audit: auditStore(db),
    people: personStore(db),
    metrics: metricsStore(db),
    rollups: rollupStore(db),
    workers: workerStore(db),
  };
}

/** The store over PostgreSQL. Migrations must have been applied (lib/store/migrate.ts). */
export function openStore(options: DatabaseOptions): Store {
  const { client, run, runTogether, runInTime, close } = openDatabase(options);
  return {
    ...scope(client),
    windows: ledgerWindows(run),
    lease: leaseStore(runInTime),
    page: (work) => runTogether((together) => work(pageScope(together))),
    transaction: (work, limits) =>
      client.$transaction((tx) => work(scope(tx)), limits && { timeout: limits.mostSeconds * 1_000 }),
    now: async () => {
      const rows = await client.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`;
      return (rows[0] as { now: Date }).now;
    },
    close,
  };
}
