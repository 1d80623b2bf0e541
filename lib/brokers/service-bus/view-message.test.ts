import { describe, expect, test } from "vitest";
import { amqpString, amqpSymbol, NULL } from "@/lib/amqp/values";
import { asSent, dead } from "@/lib/testing/dead-message";
import { dataBody, type MessageShape, sequenceBody, valueBody } from "@/lib/testing/messages";
import { codecFor } from "../codecs";
import { viewMessage } from "./view-message";

describe("viewMessage", () => {
  test("is reached by the broker's kind", () => {
    expect(codecFor("service-bus").view(dead(asSent))).toEqual(viewMessage(dead(asSent)));
    expect(() => codecFor("carrier-pigeon")).toThrow(expect.objectContaining({ code: "not-supported" }));
  });

  test("shows header, annotations and properties by name with their types", () => {
    const view = viewMessage(dead(asSent));
    expect(view.header).toEqual([
      { name: "durable", type: "boolean", value: "true" },
      { name: "priority", type: "ubyte", value: "7" },
      { name: "ttl", type: "uint", value: "3600000" },
      { name: "first-acquirer", type: "boolean", value: "true" },
      { name: "delivery-count", type: "uint", value: "10" },
    ]);
    expect(view.messageProperties).toContainEqual({ name: "user-id", type: "binary", value: "AQID" });
    expect(view.messageProperties).toContainEqual({ name: "content-encoding", type: "symbol", value: "gzip" });
    expect(view.annotations).toContainEqual({ name: "x-opt-sequence-number", type: "long", value: "9007199254740993" });
    expect(Buffer.from(view.body ?? []).toString()).toBe('{"a":1.0}');
  });

  test.each<[string, Uint8Array[], { bodyKind: string; text: string | null; bodyText: string | null }]>([
    ["data sections joined", [dataBody("a"), dataBody("b")], { bodyKind: "data", text: "ab", bodyText: null }],
    ["a string", [valueBody(amqpString("é"))], { bodyKind: "value", text: "é", bodyText: null }],
    ["a number", [valueBody({ type: "long", value: 5n })], { bodyKind: "value", text: null, bodyText: "long 5" }],
    [
      "a map",
      [valueBody({ type: "map", entries: [[amqpString("k"), { type: "double", value: 1 }]] })],
      { bodyKind: "value", text: null, bodyText: '{"k": double 1}' },
    ],
    [
      "sequences",
      [sequenceBody([NULL, amqpSymbol("s")]), sequenceBody([])],
      { bodyKind: "sequence", text: null, bodyText: "[null, symbol s]\n[]" },
    ],
    ["nothing", [], { bodyKind: "none", text: null, bodyText: null }],
  ])("shows %s", (_what, body, expected) => {
    const view = viewMessage(dead({ ...asSent, body }));
    expect({
      bodyKind: view.bodyKind,
      bodyText: view.bodyText,
      text: view.body === null ? null : Buffer.from(view.body).toString(),
    }).toEqual(expected);
  });

  test("values too odd for the eye are still shown", () => {
    const odd: MessageShape = {
      applicationProperties: [
        [
          { type: "int", value: 3 },
          { type: "timestamp", value: 2n ** 62n },
        ],
      ],
    };
    expect(viewMessage(dead(odd)).applicationProperties[0]).toEqual({
      name: "int 3",
      type: "timestamp",
      value: (2n ** 62n).toString(),
    });
  });
});
