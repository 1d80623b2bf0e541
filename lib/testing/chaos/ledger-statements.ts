/** What a statement is to a replay: those of its windows, other writes to its items, the end of a transaction, and all else. */
export type StatementKind = "claim" | "intend" | "record" | "close" | "item" | "commit" | "other";

/** The ledger's statements by their names (lib/store/ledger-windows.ts). */
const NAMED: Readonly<Record<string, StatementKind>> = {
  "ledger-claim-ordered": "claim",
  "ledger-intend": "intend",
  "ledger-record-sent": "record",
  "ledger-close": "close",
};
/** Of its answer, the column that says which intents it committed, and how many sends it recorded. */
const INTENDED = 5;
const RECORDED = 0;

export function kindOf(name: string, text: string): StatementKind {
  const named = NAMED[name];
  if (named !== undefined) return named;
  if (/^\s*commit\b/i.test(text)) return "commit";
  return /\bupdate\s+replay_item\b/i.test(text) ? "item" : "other";
}

/** True when a statement has changed something, by its first row and by what the server says at its end ("UPDATE 3"). */
export function hasWritten(kind: StatementKind, row: readonly (string | null)[] | null, tag: string): boolean {
  if (kind === "intend") return (row?.[INTENDED] ?? null) !== null;
  if (kind === "record") return (row?.[RECORDED] ?? "0") !== "0";
  if (kind === "commit") return tag === "COMMIT";
  return /^(UPDATE|INSERT 0) [1-9]/.test(tag);
}
