import type { SavedFilter } from "@/lib/contracts/search";

type FilterState = SavedFilter["filter"];

export interface SavedFilterRow {
  readonly id: string;
  readonly ownerId: string;
  readonly owner: string;
  readonly name: string;
  readonly shared: boolean;
  readonly filter: FilterState;
  readonly updatedAt: Date;
}

export interface SavedFilterStore {
  /** A person's own and everybody's shared ones, by name. */
  list(personId: string): Promise<SavedFilterRow[]>;
  /** Locked until the transaction ends; null when there is none. */
  lock(id: string): Promise<SavedFilterRow | null>;
  /** How many a person has. */
  count(personId: string): Promise<number>;
  /** Another filter of this name among a person's own, or among the shared ones when `shared`. */
  nameTaken(name: string, by: { personId: string; shared: boolean; except: string | null }): Promise<boolean>;
  insert(row: { ownerId: string; name: string; shared: boolean; filter: FilterState }): Promise<string>;
  update(id: string, row: { name: string; shared: boolean; filter: FilterState }): Promise<void>;
  remove(id: string): Promise<void>;
}
