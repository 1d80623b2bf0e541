import { describe, expect, it } from "vitest";
import { messageTypeOf } from "./message-type";

const typeOf = (...properties: (readonly [name: string, value: string])[]) =>
  messageTypeOf(properties.map(([name, value]) => ({ name, value })));

/** As frameworks write them, in the order in which they are asked. */
const SAID = [
  [
    "NServiceBus.EnclosedMessageTypes",
    "Acme.Orders.OrderPlaced, Acme.Contracts, Version=1.2.0.0, Culture=neutral, PublicKeyToken=null;Acme.Orders.IOrderEvent, Acme.Contracts",
    "Acme.Orders.OrderPlaced",
  ],
  ["MT-MessageType", "urn:message:Acme.Orders:OrderPaid;urn:message:Acme:IEvent", "Acme.Orders.OrderPaid"],
  ["rbs2-msg-type", "Acme.Orders.OrderShipped, Acme.Contracts", "Acme.Orders.OrderShipped"],
  ["cloudEvents:type", "com.acme.order.returned.v1", "com.acme.order.returned.v1"],
  ["ce-type", "com.acme.order.lost", "com.acme.order.lost"],
  ["__TypeId__", "com.acme.orders.OrderFound", "com.acme.orders.OrderFound"],
  ["MessageType", "OrderOpened", "OrderOpened"],
  ["EventType", "OrderClosed", "OrderClosed"],
  ["Type", "order", "order"],
] as const;

describe("the type of a message", () => {
  it.each(SAID)("is read from %s", (name, value, type) => {
    expect(typeOf(["tenant", "acme"], [name, value])).toBe(type);
  });

  it("is that of the most telling property, whatever their order", () => {
    for (const [i, [, , type]] of SAID.entries()) {
      const said = SAID.slice(i).map(([name, value]) => [name, value] as const);
      expect(typeOf(...said)).toBe(type);
      expect(typeOf(...said.toReversed())).toBe(type);
    }
  });

  it.each([
    "cloudEvents_type",
    "CE_Type",
    "ceType",
    "message-type",
    "message_type",
    "messageType",
    "_type",
    "type",
  ])("is known by name without case and punctuation: %s", (name) => {
    expect(typeOf([name, "OrderPlaced"])).toBe("OrderPlaced");
  });

  it.each(["Content-Type", "ContentType", "contentTypeId", "type of customer", "TypeName"])("is not in %s", (name) => {
    expect(typeOf([name, "application/json"])).toBeNull();
  });

  it("loses the assemblies of a generic type's arguments, and the number of its parameters", () => {
    const argument = "Acme.Order, Acme.Contracts, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null";
    expect(typeOf(["rbs2-msg-type", `Acme.Envelope\`1[[${argument}]], Acme.Bus`])).toBe("Acme.Envelope[[Acme.Order]]");
    expect(typeOf(["rbs2-msg-type", `Acme.Pair\`2[[${argument}],[Acme.List\`1[[${argument}]], Acme]], Acme.Bus`])).toBe(
      "Acme.Pair[[Acme.Order],[Acme.List[[Acme.Order]]]]",
    );
    expect(typeOf(["MT-MessageType", "urn:message:MassTransit:Fault[[Acme.Orders:OrderPlaced]]"])).toBe(
      "MassTransit.Fault[[Acme.Orders.OrderPlaced]]",
    );
  });

  it("is no number, no id, nothing empty, no text of several words, and not what Brighter says of events and commands: the next property is asked", () => {
    for (const value of [
      "",
      " ",
      "3",
      ", Acme",
      "7c9e6679-7425-40de-944b-e07fc1f90ae7",
      "MT_EVENT",
      "urn:message:",
      "urn:message:42",
      "Alice Smith, patient",
    ]) {
      expect(typeOf(["MessageType", value])).toBeNull();
      expect(typeOf(["Type", "OrderPlaced"], ["MessageType", value])).toBe("OrderPlaced");
    }
    expect(typeOf()).toBeNull();
  });

  it("is bounded, whatever the value", () => {
    expect(typeOf(["Type", "a".repeat(100_000)])).toHaveLength(300);
    expect(typeOf(["Type", "[".repeat(100_000)])).toBeNull();
    expect(typeOf(["x".repeat(100_000), "OrderPlaced"])).toBeNull();
  });
});
