import { expect, it } from "vitest";
import { makeDeadLetters, makeQueue } from "@/lib/testing/dead-letter-factory";
import { testDatabase } from "@/lib/testing/test-database";

const database = await testDatabase();
const queue = await makeQueue(database);

const told = async () =>
  (await database.query<{ id: string }>("DELETE FROM search_pending RETURNING dead_letter_id::text AS id")).map(
    ({ id }) => id,
  );

it("the search is told of each message that leaves or comes back, once, and of no other that the same statement writes", async () => {
  const ids = await makeDeadLetters(
    database,
    queue,
    Array.from({ length: 6 }, (_, n) => ({ key: String(n + 1) })),
  );
  const [gone, goneToo, stays, , , never] = ids as [string, string, string, string, string, string];
  expect((await told()).toSorted()).toEqual([...ids].toSorted());
  await database.query("UPDATE dead_letter SET left_at = now(), left_how = 'removed' WHERE id = ANY($1)", [
    [gone, goneToo],
  ]);
  expect((await told()).toSorted()).toEqual([gone, goneToo].toSorted());
  // One comes back, one leaves, one has left and stays away, and the rest are only counted again.
  await database.query(
    `UPDATE dead_letter SET delivery_count = delivery_count + 1,
       left_at = CASE WHEN id = $1 THEN NULL WHEN id = $2 THEN now() ELSE left_at END
     WHERE id <> $3`,
    [gone, stays, never],
  );
  expect((await told()).toSorted()).toEqual([gone, stays].toSorted());
});
