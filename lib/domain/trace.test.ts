import { describe, expect, test } from "vitest";
import { findTrace } from "./trace";
import { checkLinkTemplate, fillLink } from "./trace-link";

const ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

describe("the trace that a message belongs to", () => {
  test.each([
    ["traceparent", `00-${ID}-${SPAN}-01`],
    ["Diagnostic-Id", `00-${ID}-${SPAN}-00`],
    ["diagnostic-id", `00-${ID.toUpperCase()}-${SPAN}-01`],
  ])("is read from %s", (name, value) => {
    expect(findTrace([{ name, value }])).toEqual({ property: name, traceId: ID, spanId: SPAN });
  });

  test("is none where the value is of another form, or all zeros", () => {
    const values = ["|abc.1.2", "", `00-${"0".repeat(32)}-${SPAN}-01`, `00-${ID}-01`, `x00-${ID}-${SPAN}-01`];
    for (const value of values) expect(findTrace([{ name: "traceparent", value }])).toBeNull();
  });

  test("is the newer property's where both are there", () => {
    const properties = [
      { name: "Diagnostic-Id", value: `00-${"a".repeat(32)}-${SPAN}-01` },
      { name: "traceparent", value: `00-${ID}-${SPAN}-01` },
    ];
    expect(findTrace(properties)?.traceId).toBe(ID);
  });
});

describe("links into a tracing tool", () => {
  test.each([
    ["https://traces.example/trace/{traceId}?span={spanId}", null],
    ["https://logs.example/#q={correlationId}", null],
    ["http://traces.example/{traceId}", "is no https address"],
    ["javascript:alert({traceId})", "is no https address"],
    ["https://{correlationId}.example/", "names its host by a message"],
    ["https://traces.example:{messageId}/", "is no address"],
    ["https://traces.example/", "has no place to fill in, such as {traceId}"],
    ["https://traces.example/{body}", "has {body}, which is none of"],
  ])("%s: %s", (template, problem) => {
    if (problem === null) expect(checkLinkTemplate(template)).toBeNull();
    else expect(checkLinkTemplate(template)).toContain(problem);
  });

  const values = { traceId: ID, spanId: SPAN, correlationId: "a/../b?c=1#d&é", messageId: null, enqueuedAt: "x" };

  test("values stay inside of their places, whatever a sender wrote into them", () => {
    expect(fillLink("https://t.example/c/{correlationId}/x", values)).toBe(
      "https://t.example/c/a%2F..%2Fb%3Fc%3D1%23d%26%C3%A9/x",
    );
    expect(fillLink("https://t.example/c/{correlationId}/x", { ...values, correlationId: ".." })).toBeNull();
  });

  test("there is none where the message lacks what the template asks for", () => {
    expect(fillLink("https://t.example/{traceId}/{messageId}", values)).toBeNull();
  });
});
