import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ServiceBusClient } from "@azure/service-bus";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { codecFor } from "@/lib/brokers/codecs";
import { DEFAULT_POLICY, type QueuePolicy } from "@/lib/domain/queue-policy";
import { checkHealth } from "@/lib/outbound/check-health";
import { makePerson } from "@/lib/testing/dead-letter-factory";
import { engineContext } from "@/lib/testing/engine-context";
import { ALL_MESSAGES, configFor, emulatorConfig, queueOf, ReplayBench } from "@/lib/testing/replay-bench";
import { letters, sendPlanned } from "@/lib/testing/send-planned";
import { testBroker } from "@/lib/testing/test-broker";
import { type TestDatabase, testDatabase, testStore } from "@/lib/testing/test-database";
import { cancelReplay } from "../cancel-replay";
import type { EngineContext } from "../engine/context";
import { goOnRegardless } from "../go-on-regardless";
import { pauseReplay } from "../pause-replay";
import { resumeReplay } from "../resume-replay";
import { checkConsumers } from "./check-consumers";
import { stopFailing } from "./stop-failing";

let bench: ReplayBench;
let database: TestDatabase;
let context: EngineContext;
let consumers: ServiceBusClient;
let health: Server;
let status = 200;

beforeAll(async () => {
  const broker = await testBroker(
    emulatorConfig({
      queues: ["watched", "bounded", "unwell", "failing", "again", "busy", "routed", "ill", "decided", "confirmed"].map(
        (name) => queueOf(name),
      ),
      topics: ["events", "shared"].map((topic) => ({
        Name: topic,
        Subscriptions: ["billing", "audit"].map((Name) => ({ Name, Rules: [ALL_MESSAGES] })),
      })),
    }),
  );
  database = await testDatabase();
  const config = configFor(broker, database.url);
  bench = new ReplayBench({ broker, config, store: testStore(database), actor: await makePerson(database) });
  context = await engineContext(bench);
  consumers = new ServiceBusClient(broker.connectionString);
  health = createServer((_, response) => void response.writeHead(status).end());
  await new Promise<void>((resolve) => void health.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  await consumers.close();
  await bench.close();
  health.close();
});

/** A running replay of so many messages whose copies the broker has taken, `ago` seconds ago. No worker is at work. */
async function sent(path: string, count: number, given: { ago?: number; target?: string } = {}): Promise<string> {
  await bench.seed(path, letters(count));
  await bench.index();
  const id = await bench.start(path, { targetPath: given.target ?? null, messageIdPolicy: "new" });
  await sendPlanned({ bench, database }, { replayId: id, target: given.target ?? path.split("/")[0] ?? path });
  await database.query(
    `UPDATE replay_item SET state = 'sent', outcome = 'unknown', sent_at = now() - make_interval(secs => $2) WHERE replay_id = $1`,
    [id, given.ago ?? 0],
  );
  await database.query(
    "INSERT INTO replay_second (replay_id, second, sent) VALUES ($1, date_trunc('second', now() - make_interval(secs => $2)), $3)",
    [id, given.ago ?? 0, count],
  );
  await database.query("UPDATE replay SET resumed_at = now() - interval '1 hour' WHERE id = $1", [id]);
  return id;
}

/** The consumer that is still broken: puts what it gets into the dead-letter queue. */
async function fail(path: string, count: number): Promise<void> {
  const [topic, subscription] = path.split("/subscriptions/") as [string, string | undefined];
  const receiver =
    subscription === undefined ? consumers.createReceiver(topic) : consumers.createReceiver(topic, subscription);
  for (let failed = 0; failed < count; ) {
    for (const message of await receiver.receiveMessages(count - failed, { maxWaitTimeInMs: 2_000 })) {
      await receiver.deadLetterMessage(message, {
        deadLetterReason: "StillBroken",
        deadLetterErrorDescription: "as before",
      });
      failed += 1;
    }
  }
  await receiver.close();
}

async function policy(path: string, given: Partial<QueuePolicy>): Promise<void> {
  const id = await bench.queueId(path);
  const { version } = await bench.store.policies.read(id);
  expect(await bench.store.policies.save(id, { ...DEFAULT_POLICY, ...given, version }, bench.actor.id)).toBe(true);
}
const sends = async (id: string) =>
  (await database.query<{ sends: boolean }>("SELECT replay_sends(r) AS sends FROM replay r WHERE id = $1", [id]))[0]
    ?.sends;
const replayOf = async (id: string) => (await bench.detail(id)).replay;
const guarded = () =>
  checkConsumers({
    ...context,
    askHealth: (address) => checkHealth(address, { allowedHosts: [`127.0.0.1:${portOf()}`], timeoutMs: 2_000 }),
  });
const portOf = () => (health.address() as AddressInfo).port;
const lookedAtLongAgo = () => database.query("UPDATE replay SET guarded_at = guarded_at - interval '1 min'");

describe("R11: a replay stops when it hurts", () => {
  it("by the share of what had the time to fail: returned copies are known by stamp and MessageId together", async () => {
    const id = await sent("failing", 24, { ago: 60 });
    await fail("failing", 5);
    await bench.index();
    // A message of the consumer's own, which has copied a copy's properties.
    const [item] = await database.query<{ id: string }>(
      "SELECT id FROM replay_item WHERE replay_id = $1 AND outcome <> 'returned' LIMIT 1",
      [id],
    );
    const copied = codecFor("service-bus").prepareCopy(
      (await database.query<{ encoded: Buffer }>("SELECT encoded FROM dead_letter_content LIMIT 1"))[0]
        ?.encoded as Buffer,
      { messageId: "the consumer's own", stamp: { itemId: item?.id as string, attempt: 1, originalKey: "1" } },
    );
    await bench.seed("failing", [copied.encoded]);
    await bench.index();
    await stopFailing(context);
    expect(await replayOf(id)).toMatchObject({ state: "running", outcomes: { returned: 5, unknown: 19 } });

    await fail("failing", 1);
    await bench.index();
    // The queue's deliveries times its lock: 3 x 6 s. Of 24 copies that had the time to fail six came back.
    await stopFailing(context);
    const stopped = await replayOf(id);
    expect(stopped).toMatchObject({ state: "paused", outcomes: { returned: 6 } });
    expect(stopped.pauseReason).toContain("6 of 24 copies that had the time to fail came back dead");
  });

  it("by count, however young the copies are, across attempts, and wherever in the namespace they died", async () => {
    const id = await sent("again", 24, { target: "events" });
    await database.query("UPDATE replay_item SET attempt = 2 WHERE replay_id = $1", [id]);
    await fail("events/subscriptions/audit", 10);
    await bench.index();
    await stopFailing(context);
    expect(await replayOf(id)).toMatchObject({ state: "running", outcomes: { returned: 10 } });
    await fail("events/subscriptions/audit", 10);
    await bench.index();
    await stopFailing(context);
    const stopped = await replayOf(id);
    expect(stopped).toMatchObject({ state: "paused", outcomes: { returned: 20 } });
    expect(stopped.pauseReason).toContain("20 copies came back dead");
    const { returnedIn } = await bench.detail(id);
    expect(returnedIn).toMatchObject([{ entityPath: "events/subscriptions/audit", count: 20 }]);
  });

  it("by what one consumer lets die, also when another one confirms the same copies", async () => {
    const id = await sent("confirmed", 24, { target: "shared" });
    await fail("shared/subscriptions/audit", 10);
    await bench.index();
    await database.query("UPDATE replay_item SET outcome = 'confirmed', confirmed_at = now() WHERE replay_id = $1", [
      id,
    ]);
    await stopFailing(context);
    expect((await replayOf(id)).state).toBe("running");
    await fail("shared/subscriptions/audit", 10);
    await bench.index();
    await stopFailing(context);
    const { replay, returnedIn } = await bench.detail(id);
    expect(replay).toMatchObject({ state: "paused", outcomes: { confirmed: 24, returned: 0 }, cameBack: 20 });
    expect(replay.pauseReason).toContain("20 copies came back dead");
    expect(returnedIn).toMatchObject([{ entityPath: "shared/subscriptions/audit", count: 20 }]);
  });

  it("when its consumer's health check fails, in words; asked once more before, and by one worker at a time", async () => {
    const id = await sent("unwell", 1);
    await policy("unwell", { healthUrl: `http://127.0.0.1:${portOf()}/health` });
    status = 200;
    await guarded();
    expect((await replayOf(id)).state).toBe("running");
    status = 503;
    await guarded();
    expect((await replayOf(id)).state, "somebody has just looked").toBe("running");
    await lookedAtLongAgo();
    await guarded();
    const stopped = await replayOf(id);
    expect(stopped.pauseReason).toBe("the consumer's health check fails: it answers 503");
    expect(stopped.state).toBe("paused");
  });

  it("does not begin while its consumer is not well: says why, begins once it is well, and asks again after a pause", async () => {
    await bench.seed("ill", letters(1));
    await bench.index();
    await policy("ill", { healthUrl: `http://127.0.0.1:${portOf()}/health` });
    const id = await bench.start("ill", { messageIdPolicy: "new" });
    expect(await sends(id), "nobody has asked it yet").toBe(false);
    expect((await replayOf(id)).hold).toEqual({ kind: "consumer" });
    status = 503;
    await guarded();
    expect(await replayOf(id)).toMatchObject({
      state: "running",
      hold: { kind: "consumer" },
      notice: "the consumer's health check fails: it answers 503",
    });
    expect(await sends(id)).toBe(false);
    status = 204;
    await lookedAtLongAgo();
    await guarded();
    expect(await replayOf(id)).toMatchObject({ state: "running", hold: null, notice: null });
    expect(await sends(id)).toBe(true);
    // Now it sends: what is found now pauses it, and whoever resumes it has its consumer asked once more.
    status = 503;
    await lookedAtLongAgo();
    await guarded();
    expect((await replayOf(id)).state).toBe("paused");
    await resumeReplay(bench, { id });
    expect(await sends(id)).toBe(false);
    await guarded();
    expect((await replayOf(id)).hold, "asked at once after a resume").toEqual({ kind: "consumer" });
    expect((await replayOf(id)).notice).toContain("503");
    await cancelReplay(bench, { id });
  });

  it("begins by a person's decision, with the reason on record; then its consumer is not asked until it is resumed", async () => {
    await bench.seed("decided", letters(1));
    await bench.index();
    await policy("decided", { healthUrl: `http://127.0.0.1:${portOf()}/health` });
    const id = await bench.start("decided", { messageIdPolicy: "new" });
    status = 503;
    await guarded();
    expect(await sends(id)).toBe(false);
    await goOnRegardless(bench, { id, reason: "the address is wrong, orders are taken" });
    expect(await sends(id)).toBe(true);
    expect(await replayOf(id)).toMatchObject({ hold: null, notice: null });
    const [event] = await database.query<{ reason: string; detail: unknown }>(
      "SELECT reason, detail FROM audit_event WHERE replay_id = $1 AND action = 'replay.went-on-regardless'",
      [id],
    );
    expect(event).toEqual({
      reason: "the address is wrong, orders are taken",
      detail: { waitedFor: "the consumer's health check fails: it answers 503" },
    });
    await lookedAtLongAgo();
    await guarded();
    expect((await replayOf(id)).state, "a person has decided").toBe("running");
    await expect(goOnRegardless(bench, { id, reason: "once more" })).rejects.toMatchObject({ code: "state-changed" });
    await pauseReplay(bench, { id });
    await resumeReplay(bench, { id });
    expect(await sends(id), "the decision was for that run").toBe(false);
    await cancelReplay(bench, { id });
  });

  it("asks no consumer whether a discard may go on: nothing is sent to it", async () => {
    await bench.seed("ill", letters(1));
    await bench.index();
    const id = await bench.start("ill", { messageIdPolicy: "new" });
    await database.query("UPDATE replay SET kind = 'discard' WHERE id = $1", [id]);
    expect(await sends(id)).toBe(true);
    await lookedAtLongAgo();
    status = 503;
    await guarded();
    await guarded();
    expect(await replayOf(id)).toMatchObject({ state: "running", hold: null });
    await database.query("UPDATE replay SET state = 'cancelled' WHERE id = $1", [id]);
  });

  it("when one of the consumers that get its copies is not well, and for no other", async () => {
    await bench.seed("routed", letters(1));
    await bench.index();
    const id = await bench.start("routed", { targetPath: "events", messageIdPolicy: "new" });
    await policy("events/subscriptions/billing", { backlogBound: 1_000 });
    await policy("events/subscriptions/audit", { healthUrl: `http://127.0.0.1:${portOf()}/health` });
    status = 503;
    await database.query("UPDATE replay SET route_to = 'Billing' WHERE id = $1", [id]);
    await lookedAtLongAgo();
    await guarded();
    expect((await replayOf(id)).state, "its copies reach billing alone").toBe("running");
    await database.query("UPDATE replay SET route_to = NULL WHERE id = $1", [id]);
    await lookedAtLongAgo();
    await guarded();
    const stopped = await replayOf(id);
    expect(stopped).toMatchObject({
      state: "paused",
      pauseReason: "the consumer's health check fails: it answers 503",
    });
    await policy("events/subscriptions/audit", { backlogBound: 5 });
    await resumeReplay(bench, { id });
    const claimed = await bench.store.guards.claimGuarded(context.workerId, { waiting: 0, sending: 0 });
    expect(
      claimed.find((replay) => replay.id === id),
      "the lowest bound of its consumers counts",
    ).toMatchObject({ backlogBound: 5 });
    await cancelReplay(bench, { id });
    await database.query("DELETE FROM queue_policy");
  });

  it("when its target fills up beyond what the policy bears", async () => {
    const id = await sent("bounded", 3);
    await policy("bounded", { backlogBound: 3 });
    await guarded();
    expect((await replayOf(id)).state).toBe("running");
    await bench.seed("bounded", letters(1), null);
    await lookedAtLongAgo();
    await guarded();
    const stopped = await replayOf(id);
    expect(stopped.state).toBe("paused");
    expect(stopped.pauseReason).toContain("the broker counts 4 messages waiting in bounded, more than the 3");
  });
});
