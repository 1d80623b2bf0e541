/** What use cases need of a store. One interface a noun, in ports/; the implementations stand beside this file. */
import type { AuditStore } from "./ports/audit";
import type { CauseStore } from "./ports/causes";
import type { ConfirmationStore } from "./ports/confirmations";
import type { ContentFetchStore } from "./ports/content-fetches";
import type { DeadLetterStore } from "./ports/dead-letters";
import type { EditStore } from "./ports/edits";
import type { ExportStore } from "./ports/exports";
import type { GroupEditStore } from "./ports/group-edits";
import type { GuardStore } from "./ports/guards";
import type { LedgerStore, LedgerWindows } from "./ports/ledger";
import type { MetricsStore } from "./ports/metrics";
import type { PersonStore } from "./ports/people";
import type { PlanStore } from "./ports/plans";
import type { PolicyStore } from "./ports/policies";
import type { QueueStore } from "./ports/queues";
import type { ReplayStore } from "./ports/replays";
import type { RollupStore } from "./ports/rollups";
import type { SavedFilterStore } from "./ports/saved-filters";
import type { PageScope, ScanStore } from "./ports/scans";
import type { SearchStore } from "./ports/search";
import type { StopStore } from "./ports/stops";
import type { TargetStore } from "./ports/targets";
import type { ThrottleStore } from "./ports/throttle";
import type { LeaseStore, WorkerStore } from "./ports/workers";

/** The nouns, bound to one connection or transaction. */
export interface StoreScope {
  readonly queues: QueueStore;
  readonly causes: CauseStore;
  readonly scans: ScanStore;
  readonly search: SearchStore;
  readonly savedFilters: SavedFilterStore;
  readonly deadLetters: DeadLetterStore;
  readonly contentFetches: ContentFetchStore;
  readonly edits: EditStore;
  readonly exports: ExportStore;
  readonly groupEdits: GroupEditStore;
  readonly policies: PolicyStore;
  readonly stops: StopStore;
  readonly replays: ReplayStore;
  readonly plans: PlanStore;
  readonly guards: GuardStore;
  readonly confirmations: ConfirmationStore;
  readonly ledger: LedgerStore;
  readonly targets: TargetStore;
  readonly throttle: ThrottleStore;
  readonly audit: AuditStore;
  readonly people: PersonStore;
  readonly metrics: MetricsStore;
  readonly rollups: RollupStore;
  readonly workers: WorkerStore;
}

export interface Store extends StoreScope {
  /** The steps of a window: each a transaction of its own, never part of another. */
  readonly windows: LedgerWindows;
  readonly lease: LeaseStore;
  /** Runs the work in one transaction of prepared statements, for what a scan has read. Rejects and rolls back when the work rejects. */
  page<T>(work: (tx: PageScope) => Promise<T>): Promise<T>;
  /**
   * Runs the work in one database transaction; an act and its audit event share one (R7). Rejects and rolls back when the work rejects, and
   * when it takes longer than `mostSeconds` (30 unless said).
   */
  transaction<T>(work: (tx: StoreScope) => Promise<T>, limits?: { readonly mostSeconds: number }): Promise<T>;
  /** The database's clock. */
  now(): Promise<Date>;
  close(): Promise<void>;
}
