import type { Transition } from "./judge";

export type Query = <Row extends Record<string, unknown>>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;

/** Server parameters that it needs: commit timestamps say when a change could first be seen. */
export const HISTORY_SETTINGS = { track_commit_timestamp: "on" };

/** Keeps every change of an item's state beside the ledger, by a trigger of the test's. */
export async function keepItemHistory(query: Query): Promise<void> {
  await query(`CREATE TABLE item_history (
    n bigint GENERATED ALWAYS AS IDENTITY, item_id uuid, replay_id uuid, was text, state text, attempt int, message_id text,
    hash text, judged boolean)`);
  await query("CREATE INDEX ON item_history (replay_id, n)");
  await query(`CREATE FUNCTION keep_item_history() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO item_history (item_id, replay_id, was, state, attempt, message_id, hash, judged)
    VALUES (NEW.id, NEW.replay_id, OLD.state, NEW.state, NEW.attempt, NEW.sent_message_id, encode(NEW.sent_hash, 'hex'), NEW.judged);
    RETURN NULL; END $$`);
  await query(`CREATE TRIGGER keep_item_history AFTER UPDATE ON replay_item FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION keep_item_history()`);
}

export async function readItemHistory(query: Query, replayId: string): Promise<Transition[]> {
  const rows = await query<{ [K in keyof Transition]: Transition[K] }>(
    `SELECT item_id AS "itemId", was AS "from", state AS "to", attempt, message_id AS "messageId", hash, judged,
            (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000)::float8 AS at
     FROM item_history WHERE replay_id = $1 ORDER BY n`,
    [replayId],
  );
  return rows;
}
