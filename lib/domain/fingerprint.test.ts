import { describe, expect, it } from "vitest";
import { fingerprintOf, fingerprintOfSignature, SIGNATURE_VERSION } from "./fingerprint";

const facts = {
  reason: "ValidationFailed",
  description: "Order 42 has no lines",
  subject: "order.placed",
  properties: [],
};

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
    expect(fingerprintOf({ reason: "a", description: "b c", subject: null, properties: [] }).fingerprint).not.toBe(
      fingerprintOf({ reason: "ab", description: "c", subject: null, properties: [] }).fingerprint,
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
    expect(fingerprintOf({ reason: "x", description: null, subject: null, properties: [] }).signature).toBe("");
  });

  describe("of a message whose description says nothing, without a subject", () => {
    const typed = (value: string) => [{ name: "MessageType", value }];

    it("lets the message's type speak", () => {
      for (const description of [null, "", "---"]) {
        for (const subject of [null, "", " "]) {
          const silent = { ...facts, description, subject };
          const { signature, fingerprint } = fingerprintOf({ ...silent, properties: typed("Acme.OrderPlaced, Acme") });
          expect(signature).toBe("type Acme.OrderPlaced");
          expect(fingerprintOf({ ...silent, properties: typed("Acme.OrderPlaced, Acme, Version=2.0.0.0") })).toEqual(
            fingerprintOf({ ...silent, properties: typed("Acme.OrderPlaced, Acme, Version=1.0.0.0") }),
          );
          expect(fingerprint).not.toBe(fingerprintOf({ ...silent, properties: typed("Acme.OrderPaid") }).fingerprint);
          expect(fingerprintOf({ ...silent, properties: [] }).signature).toBe("");
        }
      }
    });

    it.each([
      ["order.placed.v1", "type order.placed.v1"],
      ["OrderPlacedV2", "type OrderPlacedV2"],
      ["com.acme.orders.app", "type com.acme.orders.app"],
      ["order-placed-4711224", "type <id>"],
      ["order/0a1b2c3d-0000-1111-2222-333344445555", "type <id>"],
      ["order placed 4711", ""],
      ["7f3a9c2e", "type <id>"],
      ["https://acme.example/types/order-placed", "type https://acme.example/types/order-placed"],
      ["https://acme.example/types?order=4711", "type <url>"],
      ["jane@acme.example", "type <email>"],
    ])("takes the type %j as %j: a version is part of it, an id or an address of a person is not", (value, expected) => {
      expect(fingerprintOf({ ...facts, description: null, subject: null, properties: typed(value) }).signature).toBe(
        expected,
      );
    });

    it("tells a subject from a type of the same name", () => {
      const silent = { ...facts, description: null };
      const bySubject = fingerprintOf({ ...silent, subject: "OrderPlaced" });
      const byType = fingerprintOf({ ...silent, subject: null, properties: typed("OrderPlaced") });
      expect(bySubject.signature).toBe("subject OrderPlaced");
      expect(byType.fingerprint).not.toBe(bySubject.fingerprint);
    });
  });

  it("does not look at properties where description or subject speak: reading them takes time", () => {
    for (const said of [{ description: "It broke" }, { description: null }]) {
      const read: string[] = [];
      const message = {
        ...facts,
        ...said,
        get properties() {
          read.push("properties");
          return [];
        },
      };
      for (const _ of ["new", "known"]) fingerprintOf(message);
      expect(read).toEqual([]);
    }
  });

  it.each([
    { ...facts, description: "Order 42 has no lines" },
    { ...facts, description: "Type Order could not be read" },
    { ...facts, description: null },
    { ...facts, description: null, subject: "order 4711 of Acme.Order" },
    { ...facts, description: null, subject: null, properties: [{ name: "Type", value: "order.placed.v1" }] },
    { ...facts, description: null, subject: null },
  ])("comes out of the signature alone, too, when no message is left: %j", (message) => {
    const print = fingerprintOf(message);
    expect(fingerprintOfSignature(print.reason, print.signature)).toEqual(print);
  });
});
