import { expect, it } from "vitest";
import { codecFor } from "@/lib/brokers/codecs";
import { makeDeadLetters, makeQueue } from "@/lib/testing/dead-letter-factory";
import { eventually } from "@/lib/testing/eventually";
import { makeSearchable } from "@/lib/testing/searchable-messages";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { ScanLoad } from "./scan-load";
import { searchLoop } from "./search-loop";

const database = await testDatabase();
const store = testStore(database);

it("a message that cannot be indexed holds up no other: it gets an entry that says so", async () => {
  const queue = await makeQueue(database);
  const ids = await makeSearchable(database, queue, [
    { key: "1", body: "poison" },
    { key: "2", body: "sound" },
  ]);
  const warnings: string[] = [];
  const stop = new AbortController();
  const codec = codecFor("service-bus");
  const loop = searchLoop({
    store,
    // A fault that nobody foresaw, at one message.
    codecFor: () => ({
      ...codec,
      view: (encoded) => {
        if (Buffer.from(encoded).includes("poison")) throw new Error("unforeseen");
        return codec.view(encoded);
      },
    }),
    log: { debug: () => {}, info: () => {}, warn: (_, message) => warnings.push(message) },
    signal: stop.signal,
  });
  const rows = await eventually("both have an entry", async () => {
    const found = await database.query<{ id: string; gap: string | null }>(
      "SELECT dead_letter_id::text AS id, gap FROM message_search ORDER BY dead_letter_id",
    );
    return found.length === 2 && found;
  });
  stop.abort();
  await loop;
  expect(rows).toEqual([
    { id: ids[0], gap: "all of it: it could not be indexed" },
    { id: ids[1], gap: null },
  ]);
  expect(warnings.length).toBeGreaterThanOrEqual(2);
});

it("gives way to a scan that takes in new messages, and goes on when it is done", async () => {
  const queue = await makeQueue(database, { entityPath: "long" });
  const keys = Array.from({ length: 250 }, (_, n) => ({ key: String(n + 1) }));
  await makeDeadLetters(database, queue, keys);
  const pending = async () =>
    (await database.query<{ n: number }>("SELECT count(*)::int AS n FROM search_pending"))[0]?.n ?? 0;
  expect(await pending()).toBe(250);
  let begun = () => {};
  let done = () => {};
  const rests = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const scanDone = new Promise<void>((resolve) => {
    done = resolve;
  });
  const scans = new ScanLoad();
  scans.giveWayAfter = () => {
    begun();
    return scanDone;
  };
  const stop = new AbortController();
  const log = { debug: () => {}, info: () => {}, warn: () => {} };
  const loop = searchLoop({ store, codecFor, log, signal: stop.signal, scans });
  await rests;
  expect(await pending()).toBe(50);
  done();
  await eventually("what is left is indexed", async () => (await pending()) === 0);
  stop.abort();
  await loop;
});
