import { beforeEach, describe, expect, it } from "vitest";
import { codecFor } from "@/lib/brokers/codecs";
import { planReplay as planReplayBody } from "@/lib/contracts/replays";
import { attention } from "@/lib/contracts/stops";
import { makeDeadLetters, makePerson, makeQueue } from "@/lib/testing/dead-letter-factory";
import { madeConfig, madeNamespace } from "@/lib/testing/made-config";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { beginDue } from "../replays/begin-due";
import { getReplay } from "../replays/get-replay";
import { judgeCanary } from "../replays/judge-canary";
import { planReplay } from "../replays/plan-replay";
import { startReplay } from "../replays/start-replay";
import { getAttention } from "./get-attention";
import { liftStop } from "./lift-stop";
import { stopReplays } from "./stop-replays";

const database = await testDatabase();
const store = testStore(database);
const actor = await makePerson(database, "Olga Operator");
const other = await makePerson(database, "Otto Other");
const config = madeConfig({ namespaces: ["north", "south"].map((name) => madeNamespace({ name })) });
let queues = 0;

beforeEach(() => database.query("UPDATE replay_stop SET ended_at = now() WHERE ended_at IS NULL"));

/** A replay of one message that runs. */
async function running(namespace: string): Promise<string> {
  queues += 1;
  const queue = await makeQueue(database, { namespace, entityPath: `orders-${queues}` });
  await makeDeadLetters(database, queue, [{ key: "1" }]);
  const body = planReplayBody.parse({ selection: { kind: "filter", filter: { queue: queue.id } }, rate: 5 });
  const { id, planHash } = await planReplay({ store, actor, config, codecFor }, body);
  await startReplay({ store, actor, config }, { id, planHash, reason: "the consumer is fixed", ticket: null });
  return id;
}

const stop = (namespace: string | null, reason = "the shop burns") =>
  stopReplays({ store, actor }, { namespace, reason });
const lift = (id: number) => liftStop({ store, actor: other }, { id, reason: "it is out" });
const sends = async (id: string) =>
  (await database.query<{ sends: boolean }>("SELECT replay_sends(r) AS sends FROM replay r WHERE id = $1", [id]))[0]
    ?.sends;
const holdOf = async (id: string) => (await getReplay({ store }, { id })).replay.hold;

describe("a stop", () => {
  it("of all keeps every replay from sending while it stands, and says who, when and why", async () => {
    const [north, south] = [await running("north"), await running("south")];
    expect([await sends(north), await sends(south)]).toEqual([true, true]);
    const { id } = await stop(null);
    expect([await sends(north), await sends(south)]).toEqual([false, false]);
    expect(await holdOf(north)).toEqual({
      kind: "stopped",
      reason: "the shop burns",
      by: actor.name,
      at: expect.stringMatching(/Z$/),
    });
    expect((await getReplay({ store }, { id: north })).replay.state).toBe("running");
    const seen = attention.parse(await getAttention({ store }));
    expect(seen.stops).toMatchObject([{ id, namespace: null, reason: "the shop burns", stoppedBy: actor.name }]);
    expect(seen.stops[0]?.holds).toBeGreaterThanOrEqual(2);
    await lift(id);
    expect([await sends(north), await sends(south)]).toEqual([true, true]);
    expect(await holdOf(north)).toBeNull();
  });

  it("of a namespace leaves the others alone; a replay goes on when no stop holds it any more", async () => {
    const [north, south] = [await running("north"), await running("south")];
    const one = await stop("north");
    expect([await sends(north), await sends(south)]).toEqual([false, true]);
    const all = await stop(null);
    await lift(one.id);
    expect(await sends(north)).toBe(false);
    await lift(all.id);
    expect(await sends(north)).toBe(true);
  });

  it("R7: stands once for each scope and is lifted once, whoever is quicker, each with its event", async () => {
    const stopped = await Promise.allSettled([stop(null), stop(null)]);
    expect(stopped.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(stopped.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "conflict" } });
    const { stops } = await getAttention({ store });
    const id = stops[0]?.id as number;
    const lifted = await Promise.allSettled([lift(id), lift(id)]);
    expect(lifted.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "state-changed" } });
    const events = await database.query<{ action: string; reason: string; actor_id: string; detail: object }>(
      "SELECT action, reason, actor_id, detail FROM audit_event WHERE subject_kind = 'stop' AND subject_id = $1 ORDER BY id",
      [String(id)],
    );
    expect(events).toMatchObject([
      { action: "replays.stopped", reason: "the shop burns", actor_id: actor.id, detail: { namespace: null } },
      { action: "replays.stop-lifted", reason: "it is out", actor_id: other.id },
    ]);
  });

  it("of a namespace that is not configured, and the lift of one that never was, are refused", async () => {
    await expect(stop("nowhere")).rejects.toMatchObject({ code: "not-found" });
    await expect(lift(987_654)).rejects.toMatchObject({ code: "not-found" });
  });

  it("holds a scheduled replay whose time comes while it stands, and one whose canary passes", async () => {
    const [scheduled, canary] = [await running("north"), await running("north")];
    await database.query(
      "UPDATE replay SET state = 'scheduled', started_at = NULL, resumed_at = NULL, starts_at = now() WHERE id = $1",
      [scheduled],
    );
    await database.query(
      `UPDATE replay SET canary_ordinal = 1, ramp = '{"canary": {"count": 1, "waitSeconds": 0}, "steps": []}' WHERE id = $1`,
      [canary],
    );
    await database.query(
      `UPDATE replay_item SET state = 'settled', sent_hash = 'x', intent_at = now(), sent_at = now(), outcome = 'unknown' WHERE replay_id = $1`,
      [canary],
    );
    await database.query("UPDATE queue SET read_through_at = now() + interval '1 s'");
    const { id } = await stop("north");
    const worker = { kind: "worker", id: "w", name: "worker" } as const;
    expect(await beginDue({ store, actor: worker })).toEqual([{ id: scheduled, heldBack: null }]);
    const ripe = (await store.replays.ripeCanaries()).find((found) => found.id === canary);
    expect(ripe && (await judgeCanary({ store, actor: worker }, ripe))).toBeNull();
    expect([await sends(scheduled), await sends(canary)]).toEqual([false, false]);
    expect([await holdOf(scheduled), await holdOf(canary)]).toMatchObject([{ kind: "stopped" }, { kind: "stopped" }]);
    await lift(id);
    expect([await sends(scheduled), await sends(canary)]).toEqual([true, true]);
  });
});
