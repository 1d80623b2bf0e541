import { describe, expect, it } from "vitest";
import { guessKind } from "./cause-kind";
import { fingerprintOf } from "./fingerprint";

const kindOf = (reason: string, description: string) =>
  guessKind(fingerprintOf({ reason, description, subject: null, properties: [] }));

describe("the kind of a cause, guessed", () => {
  it.each([
    ["DownstreamUnavailable", "connect ECONNREFUSED 10.0.0.7:443", "transient"],
    ["DatabaseError", "Transaction (Process ID 61) was deadlocked on lock resources with another process", "transient"],
    ["ProcessingFailed", "Response status code does not indicate success: 503 (Service Unavailable).", "transient"],
    [
      "ProcessingFailed",
      "The request was canceled due to the configured HttpClient.Timeout of 100 seconds elapsing.",
      "transient",
    ],
    ["TTLExpiredException", "The message expired and was dead lettered.", "transient"],
    ["ValidationFailed", "The JSON value could not be converted to System.Decimal. Path: $.total", "data"],
    ["ProcessingFailed", 'duplicate key value violates unique constraint "orders_pkey"', "data"],
    ["CustomerNotFound", "Customer 7781 of order 12 does not exist", "data"],
    ["ProcessingFailed", "Object reference not set to an instance of an object.", "code"],
    ["ProcessingFailed", "Cannot read properties of undefined (reading 'total')", "code"],
    ["FilterException", "Rule evaluation failed for subscription 'billing'", "code"],
    ["MaxDeliveryCountExceeded", "Message could not be consumed after 10 delivery attempts.", "unknown"],
    ["Other", "Something went wrong", "unknown"],
  ])("%s: %s is %s", (reason, description, kind) => {
    expect(kindOf(reason, description)).toBe(kind);
  });

  it("lets the reason speak where the description says nothing", () => {
    expect(guessKind({ reason: "ConnectionTimeout", signature: "" })).toBe("transient");
    expect(guessKind({ reason: "schema_mismatch", signature: "" })).toBe("data");
  });

  it("takes an outage over a bad value that is named beside it", () => {
    expect(kindOf("ProcessingFailed", "Validation service unavailable: invalid response")).toBe("transient");
  });
});
