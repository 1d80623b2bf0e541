import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { expect, it } from "vitest";
import { makeDeadLetters, makeQueue } from "@/lib/testing/dead-letter-factory";
import { testDatabase } from "@/lib/testing/test-database";

/** What dead letters and their contents refer to, which triggers keep for whole statements in place of foreign keys. */
const database = await testDatabase();
const queue = await makeQueue(database);
const [first = "", second = ""] = await makeDeadLetters(database, queue, [{ key: "1" }, { key: "2", reason: "Other" }]);
const BROKEN = { code: "23503" };
const copyOf = (id: string, place: string, columns: string) =>
  `INSERT INTO dead_letter (queue_id, cause_id, key, position, enqueued_at, seen_in_walk, reason, delivery_count, size, body_size, properties,
     content_hash, root_enqueued_at)
   SELECT ${columns}, '${place}', ${place}, enqueued_at, 1, reason, 1, 1, 1, '[]', content_hash, enqueued_at FROM dead_letter WHERE id = ${id}`;

it("takes in no dead letter of a queue or cause that is not there, not one among others", async () => {
  await expect(database.query(copyOf(first, "10", "queue_id, 999999"))).rejects.toMatchObject(BROKEN);
  await expect(database.query(copyOf(first, "10", "999999, cause_id"))).rejects.toMatchObject(BROKEN);
  const both = `INSERT INTO dead_letter (queue_id, cause_id, key, position, enqueued_at, seen_in_walk, reason, delivery_count, size, body_size,
      properties, content_hash, root_enqueued_at)
    SELECT d.queue_id, c.id, 100 + c.n, 100 + c.n, d.enqueued_at, 1, d.reason, 1, 1, 1, '[]', d.content_hash, d.enqueued_at
    FROM dead_letter d, LATERAL (VALUES (d.cause_id, 1), (999999::bigint, 2)) AS c(id, n) WHERE d.id = ${first}`;
  await expect(database.query(both)).rejects.toMatchObject(BROKEN);
});

it("moves no dead letter to a queue or cause that is not there", async () => {
  await expect(database.query(`UPDATE dead_letter SET cause_id = 999999 WHERE id = ${first}`)).rejects.toMatchObject(
    BROKEN,
  );
  await expect(database.query(`UPDATE dead_letter SET queue_id = 999999 WHERE id = ${first}`)).rejects.toMatchObject(
    BROKEN,
  );
});

it("keeps the queue and the causes that dead letters refer to", async () => {
  await expect(
    database.query(`DELETE FROM cause WHERE id = (SELECT cause_id FROM dead_letter WHERE id = ${first})`),
  ).rejects.toMatchObject(BROKEN);
  await expect(database.query("UPDATE cause SET id = id + 1000")).rejects.toMatchObject(BROKEN);
  await expect(database.query("TRUNCATE cause CASCADE")).rejects.toMatchObject(BROKEN);
  const empty = await makeQueue(database, { entityPath: "empty" });
  await database.query("DELETE FROM queue WHERE id = $1", [empty.id]);
  await expect(database.query(`UPDATE queue SET id = id + 1000 WHERE id = ${queue.id}`)).rejects.toMatchObject(BROKEN);
});

it("has whoever deletes a cause wait for those that are putting messages to it", async () => {
  const [made] = await database.query<{ id: string }>(
    `INSERT INTO cause (queue_id, reason, signature, signature_version, fingerprint) VALUES (${queue.id}, 'r', 's', 2, 'waited for') RETURNING id`,
  );
  const writer = new pg.Client(database.url);
  await writer.connect();
  try {
    await writer.query("BEGIN");
    await writer.query(copyOf(first, "20", `queue_id, ${made?.id}`));
    const deleted = database.query("DELETE FROM cause WHERE id = $1", [made?.id]).then(
      () => "deleted",
      (error: { code?: string }) => error.code,
    );
    await untilOneWaits();
    await writer.query("COMMIT");
    expect(await deleted).toBe("23503");
  } finally {
    await writer.end();
  }
});

async function untilOneWaits(): Promise<void> {
  for (;;) {
    const [waiting] = await database.query<{ n: number }>(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    );
    if (waiting?.n === 1) return;
    await delay(10);
  }
}

it("keeps contents with their dead letters, and no others", async () => {
  const contents = async () =>
    (await database.query<{ id: string }>("SELECT dead_letter_id::text AS id FROM dead_letter_content ORDER BY 1")).map(
      ({ id }) => id,
    );
  await expect(
    database.query(`INSERT INTO dead_letter_content VALUES (${first}, '\\x00'), (999999, '\\x00')`),
  ).rejects.toMatchObject(BROKEN);
  await database.query(`INSERT INTO dead_letter_content VALUES (${first}, '\\x00'), (${second}, '\\x01')`);
  await expect(
    database.query(`UPDATE dead_letter_content SET dead_letter_id = 999999 WHERE dead_letter_id = ${first}`),
  ).rejects.toMatchObject(BROKEN);
  await database.query(`DELETE FROM dead_letter WHERE id = ${first}`);
  expect(await contents()).toEqual([second]);
  await database.query("TRUNCATE dead_letter CASCADE");
  expect(await contents()).toEqual([]);
});
