import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { codecFor } from "@/lib/brokers/codecs";
import { makePerson } from "@/lib/testing/dead-letter-factory";
import { engineContext } from "@/lib/testing/engine-context";
import { encodeMessage, type MessageShape } from "@/lib/testing/messages";
import { ALL_MESSAGES, configFor, emulatorConfig, queueOf, ReplayBench } from "@/lib/testing/replay-bench";
import { letters, sendPlanned } from "@/lib/testing/send-planned";
import { testBroker } from "@/lib/testing/test-broker";
import { type TestDatabase, testDatabase, testStore } from "@/lib/testing/test-database";
import type { EngineContext } from "../engine/context";
import { lookForCopies } from "./look-for-copies";

let bench: ReplayBench;
let database: TestDatabase;
let context: EngineContext;

beforeAll(async () => {
  const broker = await testBroker(
    emulatorConfig({
      queues: ["watched", "doubtful", "doubtful-too", "busy"].map((name) => queueOf(name)),
      topics: [
        { Name: "events", Subscriptions: ["billing", "audit"].map((Name) => ({ Name, Rules: [ALL_MESSAGES] })) },
      ],
    }),
  );
  database = await testDatabase();
  const config = configFor(broker, database.url);
  bench = new ReplayBench({ broker, config, store: testStore(database), actor: await makePerson(database) });
  context = await engineContext(bench);
});
afterAll(() => bench.close());

describe("R5: a copy in doubt", () => {
  async function inDoubt(path: string, target: string): Promise<{ id: string; arrived: string[]; lost: string[] }> {
    await bench.seed(path, letters(3));
    await bench.index();
    const id = await bench.start(path, { targetPath: target, messageIdPolicy: "new" });
    const arrived = await sendPlanned({ bench, database }, { replayId: id, target, count: 2 });
    const lost = (
      await database.query<{ id: string }>(
        `UPDATE replay_item SET sent_message_id = 'replay-' || id, sent_hash = 'x', attempt = 1, intent_at = now(),
           first_intent_at = now(), state = 'sending' WHERE replay_id = $1 AND state = 'planned' RETURNING id`,
        [id],
      )
    ).map((row) => row.id);
    await database.query(
      "UPDATE replay_item SET state = 'uncertain', doubt = true, judge_after = now() WHERE replay_id = $1",
      [id],
    );
    return { id, arrived, lost };
  }
  const rows = (id: string) =>
    database.query<{ id: string; state: string; evidence: { found: boolean; words: string } | null }>(
      "SELECT id, state, evidence FROM replay_item WHERE replay_id = $1 ORDER BY ordinal",
      [id],
    );
  const look = () => lookForCopies({ ...context, askHealth: async () => ({ ok: true }) });
  const settle = () => bench.store.ledger.settleDoubt(context.workerId, 1_000);

  it.each([
    ["a queue", "doubtful", "busy", "busy"],
    ["a subscription of a topic", "doubtful-too", "events", "events/subscriptions/audit"],
  ])("that is found in %s had arrived; that another is not found is told, and proves nothing", async (_, path, target, place) => {
    await bench.seed(place, letters(300), null);
    const { id, arrived, lost } = await inDoubt(path, target);
    // What a consumer sends with the properties of a copy is no copy of ours.
    const own = codecFor("service-bus").prepareCopy(encodeMessage(letters(1)[0] as MessageShape), {
      messageId: "the consumer's own",
      stamp: { itemId: lost[0] as string, attempt: 1, originalKey: "1" },
    });
    await bench.seed(place, [own.encoded], null);
    await database.query("UPDATE replay SET doubt_policy = 'send-again' WHERE id = $1", [id]);
    expect(await settle(), "evidence is looked for before the policy decides").toEqual([]);
    await look();
    const seen = await rows(id);
    for (const itemId of arrived) {
      const row = seen.find((one) => one.id === itemId);
      expect(row?.evidence).toMatchObject({ found: true });
      expect(row?.evidence?.words).toContain(`its copy is in ${place}`);
    }
    expect(seen.find((one) => one.id === lost[0])?.evidence).toMatchObject({
      found: false,
      complete: true,
      words: expect.stringMatching(
        /not found in .* \(all \d+ messages\): it did not arrive, or a consumer has taken it/,
      ),
    });
    expect(await settle()).toMatchObject([{ replayId: id, arrived: 2, byPolicy: 1 }]);
    expect((await rows(id)).map(({ state }) => state)).toEqual(["sent", "sent", "planned"]);
    await database.query("UPDATE replay SET state = 'cancelled' WHERE id = $1", [id]);
    await database.query("UPDATE replay_item SET state = 'cancelled' WHERE replay_id = $1", [id]);
  });

  it("of a target that cannot be looked into stays with the judge, who is told why", async () => {
    const { id } = await inDoubt("watched", "busy");
    await database.query("UPDATE replay SET target_path = 'nowhere' WHERE id = $1", [id]);
    await look();
    expect((await rows(id))[0]?.evidence).toMatchObject({
      found: false,
      words: expect.stringContaining("nowhere could not be looked into"),
    });
  });
});
