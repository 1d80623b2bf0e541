import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { codecFor } from "@/lib/brokers/codecs";
import { planReplay as planBody } from "@/lib/contracts/replays";
import { type MadeQueue, makeDeadLetters, makePerson, makeQueue } from "@/lib/testing/dead-letter-factory";
import { madeConfig, madeNamespace } from "@/lib/testing/made-config";
import { testDatabase } from "@/lib/testing/test-database";
import { webConsole } from "@/lib/testing/web-console";
import { planReplay } from "../replays/plan-replay";
import { makeConfirmToken } from "./make-confirm-token";
import { revokeConfirmToken } from "./revoke-confirm-token";

const database = await testDatabase();
const web = await webConsole(database);
const { store } = web;
let actor: { kind: "person"; id: string; name: string };
let queue: MadeQueue;
let elsewhere: MadeQueue;
let keys = 0;

beforeAll(async () => {
  actor = await makePerson(database);
  queue = await makeQueue(database);
  elsewhere = await makeQueue(database, { namespace: "other" });
});

/** Items of a replay out of the queue, in a state; sent ones have an intent. */
async function items(from: MadeQueue, state: string, count = 1): Promise<string[]> {
  const letters = Array.from({ length: count }, () => ({ key: String(++keys) }));
  const ids = await makeDeadLetters(database, from, letters);
  const config = madeConfig({ namespaces: [madeNamespace({ name: from.namespace })] });
  const body = planBody.parse({ selection: { kind: "dead-letters", queue: from.id, ids }, rate: 20 });
  const { id } = await planReplay({ store, actor, config, codecFor }, body);
  const rows = await database.query<{ id: string }>(
    `UPDATE replay_item SET state = $2, outcome = CASE WHEN $2 IN ('sent', 'settled') THEN 'unknown' END,
       intent_at = now, first_intent_at = now, sent_hash = CASE WHEN now IS NOT NULL THEN 'x'::bytea END, judge_after = now
     FROM (SELECT CASE WHEN $2 <> 'planned' THEN now() END AS now) clock WHERE replay_id = $1 RETURNING id`,
    [id, state],
  );
  return rows.map((row) => row.id);
}
const token = async () => (await makeConfirmToken({ store, actor }, { namespace: "test", name: "order intake" })).token;
const confirm = (given: string | null, body: unknown) =>
  web.send("/api/confirmations", {
    method: "POST",
    json: body,
    headers: {
      authorization: given === null ? null : `Bearer ${given}`,
      origin: null,
      "sec-fetch-site": null,
    },
  });
const answered = async (given: string, ids: string[]) => {
  const answer = await confirm(given, { items: ids });
  expect(answer.status).toBe(200);
  return answer.json();
};
const rowOf = async (id: string) =>
  (
    await database.query(
      "SELECT state, outcome, confirmed_at, confirmed_by, found_at, evidence FROM replay_item WHERE id = $1",
      [id],
    )
  )[0];

describe("R12: a consumer confirms its copies", () => {
  it("by their item ids, once: said again, nothing changes", async () => {
    const good = await token();
    const sent = await items(queue, "settled", 3);
    expect(await answered(good, sent.slice(0, 2))).toEqual({ confirmed: 2, already: 0, unknown: [] });
    const before = await rowOf(sent[0] as string);
    expect(before).toMatchObject({ state: "settled", outcome: "confirmed" });
    expect(await answered(await token(), [...sent, sent[0] as string])).toEqual({
      confirmed: 1,
      already: 2,
      unknown: [],
    });
    expect(await rowOf(sent[0] as string)).toEqual(before);
  });

  it("of its own namespace alone, and only what was sent", async () => {
    const good = await token();
    const [foreign] = await items(elsewhere, "settled");
    const [planned] = await items(queue, "planned");
    const nobody = randomUUID();
    const unknown = [foreign as string, planned as string, nobody];
    expect(await answered(good, unknown)).toEqual({ confirmed: 0, already: 0, unknown });
    expect(await rowOf(foreign as string)).toMatchObject({ outcome: "unknown" });
  });

  it("but not what was taken back before it was sent, nor what is discarded", async () => {
    const good = await token();
    const [takenBack, discarded] = [...(await items(queue, "sent")), ...(await items(queue, "settled"))];
    await database.query(
      "UPDATE replay_item SET state = 'planned', outcome = NULL, first_intent_at = NULL WHERE id = $1",
      [takenBack],
    );
    await database.query(
      "UPDATE replay r SET kind = 'discard' FROM replay_item i WHERE i.replay_id = r.id AND i.id = $1",
      [discarded],
    );
    const unknown = [takenBack as string, discarded as string];
    expect(await answered(good, unknown)).toEqual({ confirmed: 0, already: 0, unknown });
  });

  it("R5: a copy in doubt that is confirmed had arrived", async () => {
    const [doubtful] = await items(queue, "uncertain");
    await answered(await token(), [doubtful as string]);
    const row = await rowOf(doubtful as string);
    expect(row).toMatchObject({ outcome: "confirmed", evidence: { words: expect.stringContaining("confirmed") } });
    expect(row?.found_at).not.toBeNull();
  });

  it("with a good token only", async () => {
    const good = await token();
    const [id] = await items(queue, "settled");
    const body = { items: [id] };
    // A secret may itself hold the sign that parts it from the id.
    const parts = (text: string) =>
      (/^(dlqc)_([0-9a-f]{32})_(.+)$/.exec(text) ?? []).slice(1) as [string, string, string];
    const [prefix, mine, secret] = parts(good);
    const [, , other] = parts(await token());
    const flipped = `${secret[0] === "A" ? "B" : "A"}${secret.slice(1)}`;
    for (const bad of [
      null,
      "",
      "x",
      `${prefix}_${mine}_${flipped}`,
      `${prefix}_${mine}_${other}`,
      `${prefix}_${"0".repeat(32)}_${secret}`,
      `${good}x`,
    ]) {
      expect((await confirm(bad, body)).status, String(bad)).toBe(401);
    }
    const found = await store.confirmations.tokens();
    const made = found.items.find(({ revokedAt }) => revokedAt === null);
    expect(JSON.stringify(found)).not.toContain(secret);
    expect(made).toMatchObject({ namespace: "test", name: "order intake", createdBy: "Olga Operator" });

    const plain = mine.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    await revokeConfirmToken({ store, actor }, { id: plain });
    expect((await confirm(good, body)).status).toBe(401);
    await expect(revokeConfirmToken({ store, actor }, { id: plain })).rejects.toMatchObject({ code: "not-found" });
    expect(await rowOf(id as string)).toMatchObject({ outcome: "unknown" });
    const { items: events } = await store.audit.list({ action: "confirm-token.revoked", limit: 10 });
    expect(events[0]).toMatchObject({ actorName: "Olga Operator", detail: { name: "order intake" } });
  });

  it("in a shape that says what is wrong with another", async () => {
    const good = await token();
    for (const body of [
      {},
      { items: [] },
      { items: ["x"] },
      { items: Array(1_001).fill(randomUUID()) },
      { items: [randomUUID()], more: 1 },
    ]) {
      expect((await confirm(good, body)).status).toBe(400);
    }
  });

  it("as often as a token may, and no more", async () => {
    const limit = { perSecond: 0.01, burst: 3 };
    const id = randomUUID();
    const waits: number[] = [];
    for (let call = 0; call < 6; call += 1) waits.push(await store.confirmations.admit(id, limit));
    expect(waits.slice(0, 3)).toEqual([0, 0, 0]);
    for (const wait of waits.slice(3)) expect(wait).toBeGreaterThan(90_000);
    await database.query("UPDATE throttle_scope SET tat = tat - interval '100 s' WHERE scope = $1", [`confirm:${id}`]);
    expect([await store.confirmations.admit(id, limit), (await store.confirmations.admit(id, limit)) > 0]).toEqual([
      0,
      true,
    ]);
  });
});
