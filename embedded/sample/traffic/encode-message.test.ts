import rhea from "rhea";
import { describe, expect, it } from "vitest";
import { decodeMapEntries } from "@/lib/amqp/decode-value";
import { dataOf, findSection, SECTION, splitSections } from "@/lib/amqp/sections";
import { encodeMessage, toServiceBusMessage } from "./encode-message";
import { double, flag, int, long, type SampleMessage, text, time, uuid } from "./message";

const message: SampleMessage = {
  to: "orders",
  messageId: "m-1",
  subject: "order.created",
  contentType: "application/json",
  correlationId: "orders/1",
  sessionId: "shelf-3",
  timeToLive: null,
  properties: {
    name: text("Ærø"),
    small: int(2),
    id: long(7_300_000_000_000_000_001n),
    whole: double(2),
    express: flag(false),
    at: time(new Date(1_700_000_000_123)),
    flow: uuid("5720f473-d7e1-8f51-a4cf-4823f4681fb6"),
  },
  body: Buffer.from('{"a": 1.0}'),
};

const TYPED = [
  ["name", "string", "Ærø"],
  ["small", "int", 2],
  ["id", "long", 7_300_000_000_000_000_001n],
  ["whole", "double", 2],
  ["express", "boolean", false],
  ["at", "timestamp", 1_700_000_000_123n],
  ["flow", "uuid", new Uint8Array(Buffer.from("5720f473d7e18f51a4cf4823f4681fb6", "hex"))],
];

function propertiesOf(encoded: Buffer): unknown[] {
  const section = findSection(splitSections(encoded), SECTION.applicationProperties);
  if (section === null) return [];
  return decodeMapEntries(encoded, section.bodyStart).map(({ key, value }) => [
    key.type === "string" ? key.value : null,
    value.type,
    "value" in value ? (value.value instanceof Uint8Array ? new Uint8Array(value.value) : value.value) : null,
  ]);
}

describe("a message of the sample as AMQP", () => {
  it("R8: has the property types that its author wrote, and the body's bytes", () => {
    const encoded = encodeMessage(message, new Date());
    expect(propertiesOf(encoded)).toEqual(TYPED);
    const body = findSection(splitSections(encoded), SECTION.data);
    expect(body && Buffer.from(dataOf(encoded, body)).toString()).toBe('{"a": 1.0}');
  });

  it("R8: has the same types when the client library's own library writes it", () => {
    const outgoing = toServiceBusMessage(message);
    const encoded = rhea.message.encode({
      application_properties: outgoing.applicationProperties,
      body: rhea.message.data_section(outgoing.body),
    });
    expect(propertiesOf(encoded)).toEqual(TYPED);
  });

  it("says when it expires if it has a time to live", () => {
    const decoded = rhea.message.decode(encodeMessage({ ...message, timeToLive: 60_000 }, new Date(1_000)));
    expect([decoded.ttl, decoded.absolute_expiry_time]).toEqual([60_000, new Date(61_000)]);
    expect(decoded.group_id).toBe("shelf-3");
  });
});
