import { describe, expect, it } from "vitest";
import { amqpString } from "@/lib/amqp/values";
import { dataBody, encodeMessage, messageProperties, named } from "@/lib/testing/messages";
import { serviceBusCodec } from "./message-codec";

const original = encodeMessage({
  properties: messageProperties({ messageId: amqpString("m-1"), subject: amqpString("order") }),
  applicationProperties: named({ region: amqpString("eu") }),
  body: [dataBody("{}")],
});

describe("R10: a rule's filter over an encoded copy", () => {
  it("sees the copy as it is sent: edits and stamps included", () => {
    const { compileFilter, prepareCopy } = serviceBusCodec;
    const eu = compileFilter("region = 'eu' AND sys.Label = 'order'");
    expect(eu(original)).toBe(true);
    const edited = prepareCopy(original, {
      properties: [{ name: "region", set: { type: "string", value: "us" } }],
      stamp: { itemId: "i", attempt: 1, originalKey: "7" },
    });
    expect(eu(edited.encoded)).toBe(false);
    expect(compileFilter("user.[dlq-console-attempt] = 1")(edited.encoded)).toBe(true);
  });

  it("answers that it cannot be told for what is no filter, and for one that fails on the message", () => {
    expect(serviceBusCodec.compileFilter("region = = 'eu'")(original)).toBeNull();
    expect(serviceBusCodec.compileFilter("region = @missing")(original)).toBeNull();
    expect(serviceBusCodec.compileFilter("1=1")(new Uint8Array([1, 2, 3]))).not.toBe(false);
  });

  it("keeps a routed copy from every subscription but its own, and all other traffic as it was", () => {
    const { compileFilter, prepareCopy, routeCondition } = serviceBusCodec;
    const routed = prepareCopy(original, { stamp: null, route: "it's mine" }).encoded;
    const other = compileFilter(`(region = 'eu') AND ${routeCondition("audit")}`);
    const own = compileFilter(`(region = 'eu') AND ${routeCondition("it's mine")}`);
    expect([other(original), own(original)]).toEqual([true, true]);
    expect([other(routed), own(routed)]).toEqual([false, true]);
    expect(compileFilter(routeCondition("audit"))(prepareCopy(routed, { stamp: null }).encoded)).toBe(true);
  });
});

it("R10: counts the bytes before the body, which the broker limits by themselves", () => {
  const { headerBytes, prepareCopy } = serviceBusCodec;
  const grown = prepareCopy(original, {
    stamp: null,
    body: Buffer.alloc(5_000),
    properties: [{ name: "note", set: { type: "string", value: "x".repeat(1_000) } }],
  }).encoded;
  expect(headerBytes(grown) - headerBytes(original)).toBeGreaterThan(1_000);
  expect(headerBytes(grown)).toBeLessThan(1_200);
});
