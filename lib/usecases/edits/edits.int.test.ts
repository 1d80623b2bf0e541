import { createHash } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { amqpString } from "@/lib/amqp/values";
import { codecFor } from "@/lib/brokers/codecs";
import type { SaveEdit } from "@/lib/contracts/dead-letters";
import { planReplay as planReplayBody } from "@/lib/contracts/replays";
import { makeDeadLetters, makePerson, makeQueue } from "@/lib/testing/dead-letter-factory";
import { madeConfig, madeNamespace } from "@/lib/testing/made-config";
import { dataBody, encodeMessage, messageProperties, named, valueBody } from "@/lib/testing/messages";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { viewPayload } from "../dead-letters/view-payload";
import { planReplay } from "../replays/plan-replay";
import { saveEdit } from "./save-edit";
import { withdrawEdit } from "./withdraw-edit";

const database = await testDatabase();
const store = testStore(database);
const actor = await makePerson(database, "Olga Operator");
const other = await makePerson(database, "Otto Other");
const queue = await makeQueue(database);

const BODY = '{"amount": 1.0, "card": "4111-1111", "n": 12345678901234567890}';
let id = "";
let key = 0;

/** A dead letter that is kept; null: without its content. */
async function keep(encoded: Uint8Array | null, contentType: string | null): Promise<string> {
  key += 1;
  const [made = ""] = await makeDeadLetters(database, queue, [{ key: String(key) }]);
  await database.query("UPDATE dead_letter SET content_type = $2 WHERE id = $1", [made, contentType]);
  if (encoded !== null) {
    await database.query("INSERT INTO dead_letter_content VALUES ($1, $2)", [made, Buffer.from(encoded)]);
  }
  return made;
}

const json = (body: string) =>
  encodeMessage({
    properties: messageProperties({ messageId: amqpString("m-1"), contentType: amqpString("application/json") }),
    applicationProperties: named({
      tenant: amqpString("acme"),
      attempt: { type: "int", value: 3 },
      DeadLetterReason: amqpString("Failed"),
    }),
    body: [dataBody(body)],
  });

const save = (input: Partial<SaveEdit>, by = actor, deadLetter = id) =>
  saveEdit(
    { store, actor: by, codecFor },
    { id: deadLetter, baseVersion: 0, body: null, properties: [], allowInvalid: false, ...input },
  );
const asText = (content: string) => ({ body: { encoding: "text" as const, content } });
const look = (deadLetter = id) => viewPayload({ store, actor, codecFor }, { id: deadLetter });
const events = (action: string, deadLetter = id) =>
  database.query<{ actor_name: string; detail: Record<string, unknown> }>(
    "SELECT actor_name, queue_id, detail FROM audit_event WHERE action = $1 AND subject_kind = 'dead-letter' AND subject_id = $2 ORDER BY id",
    [action, deadLetter],
  );
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

beforeEach(async () => {
  id = await keep(json(BODY), "application/json");
});

describe("looking at a payload", () => {
  test("body, properties and types are those of the message, to the last digit", async () => {
    const payload = await look();
    expect(payload.body).toMatchObject({ content: BODY, language: "json", parseError: null, editable: true });
    expect(payload.applicationProperties).toEqual(
      expect.arrayContaining([
        { name: "tenant", type: "string", value: "acme" },
        { name: "attempt", type: "int", value: "3" },
      ]),
    );
    expect(payload).toMatchObject({ kept: true, edit: null });
  });

  test("R7: every look is an event, without a byte of the payload", async () => {
    await look();
    await look();
    const looks = await events("payload.viewed");
    expect(looks).toHaveLength(2);
    expect(looks[0]).toMatchObject({ actor_name: "Olga Operator", queue_id: queue.id });
    expect(JSON.stringify(looks)).not.toMatch(/4111|acme/);
  });

  test("R7: no event, no look", async () => {
    await database.query("ALTER TABLE audit_event ADD CONSTRAINT none CHECK (action <> 'payload.viewed') NOT VALID");
    await expect(look()).rejects.toThrow(/none/);
    await database.query("ALTER TABLE audit_event DROP CONSTRAINT none");
  });

  test("a message that was too large to keep says so, and can be replayed all the same", async () => {
    const payload = await look(await keep(null, "application/json"));
    expect(payload).toMatchObject({ kept: false, body: null });
    expect(payload.notKeptBecause).toContain("can be replayed all the same");
  });

  test("a payload that is no JSON is shown with the place of its mistake", async () => {
    const { body } = await look(await keep(json('{"amount": }'), "application/json"));
    expect(body).toMatchObject({ content: '{"amount": }', parseError: "Line 1, column 12: a value is missing." });
  });

  test("kept bytes that are no message are told as such", async () => {
    const broken = await keep(Uint8Array.of(1, 2, 3), null);
    await expect(look(broken)).rejects.toMatchObject({ code: "unprocessable" });
  });

  test("an unknown id is told as such", async () => {
    await expect(look("4711")).rejects.toMatchObject({ code: "not-found" });
  });
});

describe("saving an edit", () => {
  test("R7: the edit and its event commit together; sizes, hashes and names, no payload", async () => {
    const content = BODY.replace("1.0", "2.50");
    const saved = await save({
      ...asText(content),
      properties: [
        { name: "attempt", remove: true },
        { name: "fixed-by", set: { type: "string", value: "secret value" } },
      ],
    });
    expect(saved).toMatchObject({ version: 1, createdBy: "Olga Operator", body: { encoding: "text", content } });
    expect((await look()).edit).toEqual(saved);
    const [event] = await events("edit.saved");
    expect(event?.detail).toEqual({
      editId: saved.id,
      version: 1,
      body: {
        before: { bytes: BODY.length, sha256: sha256(BODY) },
        after: { bytes: content.length, sha256: sha256(content) },
      },
      properties: [
        { name: "attempt", removed: true },
        { name: "fixed-by", set: "string" },
      ],
    });
    expect(JSON.stringify(event)).not.toMatch(/4111|secret value/);
  });

  test("R7: no event, no edit", async () => {
    await database.query("ALTER TABLE audit_event ADD CONSTRAINT none CHECK (action <> 'edit.saved') NOT VALID");
    await expect(save(asText("{}"))).rejects.toThrow(/none/);
    await database.query("ALTER TABLE audit_event DROP CONSTRAINT none");
    expect((await look()).edit).toBeNull();
  });

  test("R7: no edit, no event", async () => {
    await expect(save(asText("{"))).rejects.toMatchObject({ code: "unprocessable" });
    expect(await events("edit.saved")).toEqual([]);
  });

  test("a new version replaces the older one, and both stay in the record", async () => {
    await save(asText("[1]"));
    const second = await save({ baseVersion: 1, ...asText("[2]") }, other);
    expect(second).toMatchObject({ version: 2, createdBy: "Otto Other" });
    const versions = await database.query(
      "SELECT version, ended_at IS NULL AS current FROM edit WHERE dead_letter_id = $1 ORDER BY version",
      [id],
    );
    expect(versions).toEqual([
      { version: 1, current: false },
      { version: 2, current: true },
    ]);
  });

  test("somebody else's version in between is a conflict that names them", async () => {
    await save(asText("[1]"), other);
    await expect(save(asText("[2]"))).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("Otto Other saved version 1"),
      fields: { version: "1" },
    });
  });

  test("two who save side by side: one is saved, the other is told", async () => {
    const results = await Promise.allSettled([save(asText("[1]")), save(asText("[2]"), other)]);
    expect(results.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(await events("edit.saved")).toHaveLength(1);
  });

  test("a message in a replay that has not ended is not edited behind it", async () => {
    await claim(id, "planned");
    await expect(save(asText("[1]"))).rejects.toMatchObject({
      code: "conflict",
      fields: { replay: expect.any(String) },
    });
  });

  test("R9: an edit and a plan that pass each other agree: whoever was told that it is saved finds it in the plan", async () => {
    const config = madeConfig({ namespaces: [madeNamespace({ name: queue.namespace })] });
    for (let round = 0; round < 8; round += 1) {
      const raced = await keep(json(BODY), "application/json");
      const selection = { kind: "dead-letters" as const, queue: queue.id, ids: [raced] };
      const plan = planReplay({ store, actor, config, codecFor }, planReplayBody.parse({ selection, rate: 1 }));
      const [saved] = await Promise.allSettled([save(asText("[1]"), actor, raced), plan]);
      const items = await database.query("SELECT edit_id FROM replay_item WHERE dead_letter_id = $1", [raced]);
      expect(items).toEqual([{ edit_id: saved.status === "fulfilled" ? saved.value.id : null }]);
    }
  });

  test("a message whose replay has ended can be edited again", async () => {
    await claim(id, "cancelled");
    expect(await save(asText("[1]"))).toMatchObject({ version: 1 });
  });

  test("a message that has left is not edited", async () => {
    await database.query("UPDATE dead_letter SET left_at = now(), left_how = 'removed' WHERE id = $1", [id]);
    await expect(save(asText("[1]"))).rejects.toMatchObject({ code: "state-changed" });
  });

  test("what no longer is JSON needs a word more", async () => {
    await expect(save(asText('{"amount": }'))).rejects.toMatchObject({
      code: "unprocessable",
      fields: { body: "Line 1, column 12: a value is missing." },
    });
    expect(await save({ ...asText('{"amount": }'), allowInvalid: true })).toMatchObject({ version: 1 });
  });

  test.each([
    ["a type that does not exist", { name: "a", set: { type: "integer", value: "1" } }],
    ["a number that its type cannot hold", { name: "a", set: { type: "int", value: "2147483648" } }],
    ["a boolean that is none", { name: "a", set: { type: "boolean", value: "yes" } }],
    ["a uuid that is none", { name: "a", set: { type: "uuid", value: "1234" } }],
    ["what the broker writes itself", { name: "DeadLetterReason", set: { type: "string", value: "x" } }],
  ])("%s cannot be sent, so it cannot be saved", async (_, change) => {
    await expect(save({ properties: [change] })).rejects.toMatchObject({ code: "unprocessable" });
  });

  test.each([
    ["nothing at all", {}],
    ["the same body", asText(BODY)],
    ["the same property", { properties: [{ name: "attempt", set: { type: "int", value: "3" } }] }],
    ["the removal of what is not there", { properties: [{ name: "nothing", remove: true as const }] }],
    [
      "one property twice",
      {
        properties: [
          { name: "tenant", remove: true as const },
          { name: "tenant", set: { type: "string", value: "b" } },
        ],
      },
    ],
    ["Base64 that is none", { body: { encoding: "base64" as const, content: "no base64!" } }],
  ])("%s is no edit", async (_, input) => {
    await expect(save(input)).rejects.toMatchObject({ code: "invalid-input" });
    expect(await events("edit.saved")).toEqual([]);
  });

  test("half a character is refused, not replaced", async () => {
    await expect(save({ ...asText('"\ud800"') })).rejects.toMatchObject({ code: "unprocessable" });
  });

  test("a property may change its type alone", async () => {
    await save({ properties: [{ name: "attempt", set: { type: "long", value: "3" } }] });
    expect((await look()).edit?.properties).toEqual([{ name: "attempt", set: { type: "long", value: "3" } }]);
  });

  test("a body of a megabyte is saved and read again byte for byte", async () => {
    const large = JSON.stringify({ text: "ü".repeat(500_000), n: 1 });
    const megabyte = await keep(json(large), "application/json");
    const content = `${large.slice(0, -2)}2}`;
    await save(asText(content), actor, megabyte);
    expect((await look(megabyte)).edit?.body).toEqual({ encoding: "text", content });
  });

  test("an AMQP structure is not edited as bytes; a string value is", async () => {
    const structure = await keep(
      encodeMessage({ body: [valueBody({ type: "map", entries: [[amqpString("a"), { type: "int", value: 1 }]] })] }),
      null,
    );
    await expect(save(asText("{}"), actor, structure)).rejects.toMatchObject({ code: "unprocessable" });
    const text = await keep(encodeMessage({ body: [valueBody(amqpString("hello"))] }), null);
    expect(await save(asText("hallo"), actor, text)).toMatchObject({ version: 1 });
  });

  test("a message without kept content is not edited", async () => {
    const large = await keep(null, null);
    await expect(save(asText("x"), actor, large)).rejects.toMatchObject({ code: "unprocessable" });
    await expect(save(asText("x"), actor, "4711")).rejects.toMatchObject({ code: "not-found" });
  });
});

describe("withdrawing an edit", () => {
  const withdraw = (version: number) => withdrawEdit({ store, actor }, { id, version });

  test("R7: ends it together with its event; the next edit gets a number of its own", async () => {
    const { id: editId } = await save(asText("[1]"));
    await withdraw(1);
    expect((await look()).edit).toBeNull();
    expect(await events("edit.withdrawn")).toMatchObject([{ detail: { editId, version: 1 } }]);
    expect(await save(asText("[2]"))).toMatchObject({ version: 2 });
  });

  test("another version, or one that was withdrawn, is not withdrawn unseen", async () => {
    await save(asText("[1]"));
    await save({ baseVersion: 1, ...asText("[2]") });
    await expect(withdraw(1)).rejects.toMatchObject({ code: "conflict" });
    await withdraw(2);
    await expect(withdraw(2)).rejects.toMatchObject({ code: "conflict" });
    expect(await events("edit.withdrawn")).toHaveLength(1);
  });

  test("not while a replay has it", async () => {
    await save(asText("[1]"));
    await claim(id, "uncertain");
    await expect(withdraw(1)).rejects.toMatchObject({ code: "conflict" });
  });
});

async function makeReplay(): Promise<string> {
  const [row] = await database.query<{ id: string }>(
    `INSERT INTO replay (id, namespace_id, queue_id, target_path, state, selection, plan_hash, preflight, rate, burst,
       message_id_policy, doubt_policy, total, created_by)
     VALUES (gen_random_uuid(), $1, $2, 'orders', 'planned', '{}', '', '{}', 1, 1, 'new', 'hold', 1, $3) RETURNING id`,
    [queue.namespaceId, queue.id, actor.id],
  );
  return row?.id ?? "";
}

async function insertItem(replay: string, deadLetter: string, state: string): Promise<void> {
  await database.query(
    `INSERT INTO replay_item (id, replay_id, ordinal, dead_letter_id, key, position, enqueued_at, content_hash, state, intent_at, sent_hash)
     SELECT gen_random_uuid(), $1, 1, id, key, position, enqueued_at, content_hash, $3, now(), content_hash FROM dead_letter WHERE id = $2`,
    [replay, deadLetter, state],
  );
}

async function claim(deadLetter: string, state: string): Promise<void> {
  await insertItem(await makeReplay(), deadLetter, state);
}
