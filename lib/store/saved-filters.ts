import { type SavedFilter, savedFilterState } from "@/lib/contracts/search";
import type { Database } from "./database";
import type { SavedFilterRow, SavedFilterStore } from "./ports/saved-filters";

interface Row {
  readonly id: string;
  readonly owner_id: string;
  readonly owner: string;
  readonly name: string;
  readonly shared: boolean;
  readonly filter: unknown;
  readonly updated_at: Date;
}

export function savedFilterStore(db: Database): SavedFilterStore {
  return {
    list: async (personId) => {
      const rows = await db.$queryRaw<Row[]>`
        SELECT f.id::text, f.owner_id::text, p.name AS owner, f.name, f.shared, f.filter, f.updated_at
        FROM saved_filter f JOIN person p ON p.id = f.owner_id
        WHERE f.owner_id = ${personId}::uuid OR f.shared ORDER BY lower(f.name), f.id`;
      return rows.map(toRow);
    },

    lock: async (id) => {
      const rows = await db.$queryRaw<Row[]>`
        SELECT f.id::text, f.owner_id::text, p.name AS owner, f.name, f.shared, f.filter, f.updated_at
        FROM saved_filter f JOIN person p ON p.id = f.owner_id WHERE f.id = ${id}::uuid FOR UPDATE OF f`;
      return rows[0] === undefined ? null : toRow(rows[0]);
    },

    count: (personId) => db.savedFilter.count({ where: { ownerId: personId } }),

    nameTaken: async (name, { personId, shared, except }) => {
      const rows = await db.$queryRaw<{ taken: boolean }[]>`
        SELECT EXISTS (SELECT 1 FROM saved_filter f WHERE lower(f.name) = lower(${name}::text)
          AND (f.owner_id = ${personId}::uuid OR (f.shared AND ${shared})) AND f.id IS DISTINCT FROM ${except}::uuid) AS taken`;
      return rows[0]?.taken ?? false;
    },

    insert: async ({ ownerId, name, shared, filter }) => {
      const made = await db.savedFilter.create({ data: { ownerId, name, shared, filter: stored(filter) } });
      return made.id;
    },

    update: async (id, { name, shared, filter }) => {
      await db.savedFilter.update({
        where: { id },
        data: { name, shared, filter: stored(filter), updatedAt: new Date() },
      });
    },

    remove: async (id) => {
      await db.savedFilter.delete({ where: { id } });
    },
  };
}

/** JSON has no undefined: keys that are not set are left out. */
function stored(filter: SavedFilter["filter"]): Record<string, string> {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
}

/** A filter that a newer console no longer reads is kept by its name, and lets everything through. */
function toRow(row: Row): SavedFilterRow {
  const parsed = savedFilterState.safeParse(row.filter);
  return {
    id: row.id,
    ownerId: row.owner_id,
    owner: row.owner,
    name: row.name,
    shared: row.shared,
    filter: parsed.success ? parsed.data : {},
    updatedAt: row.updated_at,
  };
}
