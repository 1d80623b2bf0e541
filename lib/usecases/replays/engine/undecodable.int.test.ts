import { afterAll, expect, it } from "vitest";
import { encodeValue } from "@/lib/amqp/encode-value";
import { encodeSection, findSection, SECTION, splitSections } from "@/lib/amqp/sections";
import { type AmqpValue, amqpString } from "@/lib/amqp/values";
import { eventually } from "@/lib/testing/eventually";
import { dataBody, messageProperties, valueBody } from "@/lib/testing/messages";
import { queueOf } from "@/lib/testing/replay-bench";
import { workingBench } from "@/lib/testing/working-bench";

const { bench, database, end } = await workingBench({ queues: [queueOf("bodies")] });
afterAll(() => end());

const deep = Array.from({ length: 40 }).reduce<AmqpValue>(
  (value) => ({ type: "list", items: [value] }),
  amqpString("deep"),
);
/** The broker takes them, since it does not look into bodies; the first is what any sender may write. */
const UNDECODABLE = {
  "nested deeper than is read here": valueBody(deep),
  "with an unknown format code": encodeSection(SECTION.value, Uint8Array.of(0xc0, 2, 1, 0x99)),
  "with a string in its data section": encodeSection(SECTION.data, encodeValue(amqpString("text"))),
};

function bodyOf(encoded: Uint8Array): string {
  const sections = splitSections(encoded);
  const body = findSection(sections, SECTION.value) ?? findSection(sections, SECTION.data);
  return Buffer.from(encoded.subarray(body?.start, body?.end)).toString("hex");
}

it("R8, R9: a message whose body cannot be decoded is scanned, locked and replayed byte for byte, and holds up none", async () => {
  const bodies = [dataBody("before"), ...Object.values(UNDECODABLE), dataBody("after")];
  const names = ["before", ...Object.keys(UNDECODABLE), "after"];
  const numbers = await bench.seed(
    "bodies",
    bodies.map((body, n) => ({
      properties: messageProperties({ messageId: amqpString(names[n] as string) }),
      body: [body],
    })),
  );
  await bench.index();
  const indexed = await database.query<{ key: string; reason: string }>(
    "SELECT key, reason FROM dead_letter ORDER BY position",
  );
  expect(indexed).toEqual(numbers.map((key) => ({ key, reason: "Failed" })));

  // A plan looks for business keys where the policy names one.
  await database.query(
    "INSERT INTO queue_policy (queue_id, version, deduplicates_by, business_key, updated_by) VALUES ($1, 1, 'business-key', '/id', $2)",
    [await bench.queueId("bodies"), bench.actor.id],
  );
  const id = await bench.start("bodies");
  await eventually("the replay to be completed", async () => (await bench.detail(id)).replay.state === "completed");
  expect((await bench.detail(id)).replay.items.settled).toBe(bodies.length);
  const copies = await bench.broker.peekActive("bodies", 0n, 10);
  expect(copies.map(({ encoded }) => bodyOf(encoded)).toSorted()).toEqual(
    bodies.map((body) => Buffer.from(body).toString("hex")).toSorted(),
  );
});
