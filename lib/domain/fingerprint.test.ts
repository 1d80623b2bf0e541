import { describe, expect, it } from "vitest";
import { fingerprintOf, SIGNATURE_VERSION } from "./fingerprint";

const facts = { reason: "ValidationFailed", description: "Order 42 has no lines", subject: "order.placed" };

describe("a fingerprint", () => {
  it("is the same for what died of the same thing", () => {
    const one = fingerprintOf(facts);
    expect(one).toEqual(fingerprintOf({ ...facts, description: "Order 43 has no lines.", subject: null }));
    expect(one.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(one).toMatchObject({
      reason: "ValidationFailed",
      signature: "Order <n> has no lines",
      signatureVersion: SIGNATURE_VERSION,
    });
  });

  it("does not depend on the kind of a value: a key may be a number here and an id there", () => {
    const number = fingerprintOf({ ...facts, description: "No customer with key 42" });
    const id = fingerprintOf({ ...facts, description: "No customer with key C-42-x" });
    expect(number.signature).not.toBe(id.signature);
    expect(number.fingerprint).toBe(id.fingerprint);
  });

  it("tells reasons apart, and where one ends and the signature begins", () => {
    expect(fingerprintOf({ ...facts, reason: "Other" }).fingerprint).not.toBe(fingerprintOf(facts).fingerprint);
    expect(fingerprintOf({ reason: "a", description: "b c", subject: null }).fingerprint).not.toBe(
      fingerprintOf({ reason: "ab", description: "c", subject: null }).fingerprint,
    );
  });

  it.each([
    ["MaxDeliveryCountExceeded", "MaxDeliveryCountExceeded"],
    ["E-1042", "E-1042"],
    ["", ""],
    ["Order 4711 could not be booked", "Order <n> could not be booked"],
    ["failed:0a1b2c3d-0000-1111-2222-333344445555", "failed:<id>"],
    ["Order-4711224-failed", "<id>"],
  ])("takes the reason %j as %j", (reason, expected) => {
    expect(fingerprintOf({ ...facts, reason }).reason).toBe(expected);
  });

  it("lets the subject speak where the description says nothing", () => {
    for (const description of [null, "", " ", "---"]) {
      const { signature, fingerprint } = fingerprintOf({ ...facts, description });
      expect(signature).toBe("subject order.placed");
      expect(fingerprint).not.toBe(fingerprintOf({ ...facts, description, subject: "order.paid" }).fingerprint);
    }
    expect(fingerprintOf({ reason: "x", description: null, subject: null }).signature).toBe("");
  });
});
