import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { codecFor } from "@/lib/brokers/codecs";
import { DEFAULT_POLICY } from "@/lib/domain/queue-policy";
import { type SentShape, sentShapes } from "@/lib/testing/copy-shapes";
import { eventually } from "@/lib/testing/eventually";
import { expectedCopy, sendersSections } from "@/lib/testing/expected-copy";
import { queueOf } from "@/lib/testing/replay-bench";
import { type WorkingBench, workingBench } from "@/lib/testing/working-bench";
import { planDiscard } from "../plan-discard";
import { startReplay } from "../start-replay";

/** One replay of all shapes. */
interface Case {
  readonly name: string;
  readonly entity: string;
  readonly sessions?: boolean;
  readonly stamps: boolean;
  readonly ids: "preserve" | "new";
  /** Discarded first; what is sent comes from the archive. */
  readonly restored?: boolean;
}

const CASES: readonly Case[] = [
  { name: "with stamps", entity: "stamped", stamps: true, ids: "preserve" },
  { name: "with stamps and new ids", entity: "renamed", stamps: true, ids: "new" },
  { name: "without stamps, where ids have to be new", entity: "bare", stamps: false, ids: "new" },
  { name: "out of the archive", entity: "restored", stamps: true, ids: "preserve", restored: true },
  { name: "in sessions", entity: "sessions", sessions: true, stamps: true, ids: "preserve" },
  { name: "in sessions, without stamps", entity: "bare-sessions", sessions: true, stamps: false, ids: "new" },
  {
    ...{ name: "in sessions, out of the archive", entity: "restored-sessions", sessions: true },
    ...{ stamps: true, ids: "preserve", restored: true },
  },
];

interface Replayed {
  readonly shapes: readonly SentShape[];
  /** Sequence numbers that they had in the DLQ. */
  readonly numbers: readonly string[];
  /** The replay, when it has ended. */
  readonly id: Promise<string>;
}

/** All replays are under way at once, some behind a discard, beside other tests. */
const SLOW_MS = 120_000;

let working: WorkingBench;
const replayed = new Map<string, Replayed>();

/** All of them are under way at once: each test waits for its own. */
beforeAll(async () => {
  const queues = CASES.map(({ entity, sessions = false }) => queueOf(entity, { RequiresSession: sessions }));
  working = await workingBench({ queues });
  const { bench } = working;
  const seeded = new Map<string, Omit<Replayed, "id">>();
  for (const { entity, sessions = false } of CASES) {
    const shapes = sentShapes(sessions);
    const bytes = shapes.map((shape) => shape.bytes);
    seeded.set(entity, { shapes, numbers: await bench.seed(entity, bytes) });
  }
  await bench.index();
  for (const given of CASES) {
    const id = replay(given);
    // A replay that fails is the failure of its own test, not of all.
    id.catch(() => undefined);
    replayed.set(given.entity, { ...(seeded.get(given.entity) as Omit<Replayed, "id">), id });
  }
});
afterAll(() => (working as WorkingBench | undefined)?.end());

it.each(CASES)(
  "R8, R2: messages of all shapes arrive with their senders' bytes, section by section: $name",
  async ({ entity, stamps, ids }) => {
    const { bench, database } = working;
    const { shapes, numbers, ...under } = replayed.get(entity) as Replayed;
    const id = await under.id;
    const items = await database.query<{ id: string; key: string; attempt: number; sent_hash: Buffer }>(
      "SELECT id, key, attempt, sent_hash FROM replay_item WHERE replay_id = $1",
      [id],
    );
    const record = (await bench.record(entity)).filter(({ event }) => event === "accepted");
    const arrived = await bench.broker.peekActive(entity, 0n, 200);
    const all = shapes.length;
    expect([items.length, record.length, arrived.length]).toEqual([all, all, all]);
    for (const [n, { what, bytes }] of shapes.entries()) {
      const item = items.find(({ key }) => key === numbers[n]);
      if (item === undefined) throw new Error(`nothing was planned of ${what}`);
      const expected = expectedCopy(bytes, {
        messageId: ids === "new" ? `replay-${item.id}` : null,
        stamp: stamps ? { itemId: item.id, attempt: item.attempt, sequenceNumber: item.key } : null,
      });
      // Each copy holds its item's id, in a stamp or in its own id.
      const copy = arrived.find(({ encoded }) => Buffer.from(encoded).includes(item.id));
      if (copy === undefined) throw new Error(`no copy of a message with ${what} arrived`);
      expect(sendersSections(copy.encoded), what).toEqual(sendersSections(expected));
      const sha256 = createHash("sha256").update(expected).digest("hex");
      const taken = record.filter(({ sequenceNumber }) => sequenceNumber === copy.key);
      expect(taken, `${what}: the bytes as the broker took them`).toMatchObject([{ sha256 }]);
      expect(item.sent_hash.toString("hex"), `${what}: the hash of its intent`).toBe(sha256);
    }
    expect(await bench.broker.peek({ entityPath: entity, subQueue: "dead-letter" }, 0n, 1)).toEqual([]);
  },
  SLOW_MS,
);

async function replay({ entity, stamps, ids, restored = false }: Case): Promise<string> {
  const { bench } = working;
  const queue = await bench.queueId(entity);
  if (!stamps) await bench.store.policies.save(queue, { ...DEFAULT_POLICY, stamps, version: 0 }, bench.actor.id);
  const selection = restored
    ? { kind: "archive" as const, queue, discard: await discarded(queue) }
    : { kind: "filter" as const, filter: { queue } };
  const id = await bench.start(entity, { selection, messageIdPolicy: ids });
  await completed(id);
  return id;
}

/** Discards all of a DLQ; answers the discard. */
async function discarded(queue: number): Promise<string> {
  const { store, actor, config } = working.bench;
  const selection = { kind: "filter" as const, filter: { queue } };
  const { id, planHash } = await planDiscard({ store, actor, config, codecFor }, { selection, rate: 1_000 });
  await startReplay({ store, actor, config }, { id, planHash, reason: "a test", ticket: null });
  await completed(id);
  return id;
}

async function completed(id: string): Promise<void> {
  let seen: unknown;
  const ended = eventually(
    `${id} to be completed`,
    async () => {
      const { replay } = await working.bench.detail(id);
      seen = replay;
      return replay.state === "completed";
    },
    SLOW_MS / 3,
  );
  await ended.catch((error) => {
    throw new Error(`${error.message}: ${JSON.stringify(seen)}\n${working.lines.slice(-15).join("")}`);
  });
}
