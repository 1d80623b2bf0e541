import { ServiceBusError } from "@azure/service-bus";
import rhea from "rhea";
import { describe, expect, test } from "vitest";
import { encodeSection, joinSections, SECTION } from "../../amqp/sections";
import { brokerAnnotations, encodeMessage } from "../../testing/messages";
import { toBrokerError } from "./broker-errors";
import { patientController } from "./connection-lost";
import { withDeadline } from "./deadline";
import { captureReceivedBytes } from "./received-bytes";
import { checkSdkInternals } from "./sdk-internals";

const send = { what: "Sending to orders", namespace: "prod", hasEffect: true };

describe("errors of the client library", () => {
  test.each([
    [new ServiceBusError("gone", "MessagingEntityNotFound"), "entity-not-found", false, false],
    [new ServiceBusError("busy", "ServiceBusy"), "server-busy", false, true],
    [new ServiceBusError("big", "MessageSizeExceeded"), "too-large", false, false],
    [new ServiceBusError("full", "QuotaExceeded"), "quota-exceeded", false, true],
    [new ServiceBusError("no", "UnauthorizedAccess"), "unauthorized", false, false],
    [new ServiceBusError("late", "ServiceTimeout"), "timeout", true, true],
    [new ServiceBusError("lost", "MessageLockLost"), "lock-lost", false, true],
    [new ServiceBusError("ConnectionForcedError: closed", "GeneralError"), "unreachable", true, true],
    [new ServiceBusError("SenderBusyError: no credit", "GeneralError"), "server-busy", false, true],
    [new ServiceBusError("what?", "GeneralError"), "unknown", true, false],
    [Object.assign(new Error("connect"), { code: "ECONNREFUSED" }), "unreachable", false, true],
    [Object.assign(new Error("reset"), { code: "ECONNRESET" }), "unreachable", true, true],
    [Object.assign(new Error("forbidden"), { statusCode: 403 }), "unauthorized", false, false],
    [
      new AggregateError([new Error("first"), new ServiceBusError("busy", "ServiceBusy")], "both"),
      "server-busy",
      false,
      true,
    ],
    [new TypeError("bug"), "unknown", true, false],
  ])("%s", (error, code, doubt, transient) => {
    expect(toBrokerError(error, send)).toMatchObject({ code, doubt, transient });
    expect(toBrokerError(error, { ...send, hasEffect: false }).doubt).toBe(false);
  });

  test("say what, where, why and what to do, and never hold a request", () => {
    const secret = { headers: { authorization: "SharedAccessSignature sig=secret" } };
    const error = toBrokerError(
      Object.assign(new Error("too many\n requests"), { statusCode: 429, request: secret }),
      send,
    );
    expect(error.message).toBe(
      'Sending to orders in namespace "prod" failed: too many requests. The namespace is throttling: it is tried again more slowly.',
    );
    expect(JSON.stringify(error.cause, Object.getOwnPropertyNames(error.cause))).not.toContain("secret");
  });
});

describe("deadlines", () => {
  const never = (): Promise<never> => new Promise(() => {});

  test("a call that does not end is in doubt after its time, when it is stopped, and when its link is lost", async () => {
    const closing = patientController();
    const lost = patientController();
    const stops = { closing: closing.signal, lost: lost.signal };
    await expect(withDeadline(send, 5, stops, never)).rejects.toMatchObject({ code: "timeout", doubt: true });
    const onLost = withDeadline(send, 5_000, stops, never);
    lost.abort();
    await expect(onLost).rejects.toMatchObject({ code: "unreachable", doubt: true });
    const onClosing = withDeadline(send, 5_000, { closing: closing.signal }, never);
    closing.abort();
    await expect(onClosing).rejects.toMatchObject({ code: "aborted", doubt: true });
  });

  test("what was not begun is not in doubt", async () => {
    const over = patientController();
    over.abort();
    const open = patientController();
    let called = false;
    const call = async (): Promise<void> => {
      called = true;
    };
    await expect(withDeadline(send, 5, { closing: over.signal }, call)).rejects.toMatchObject({
      code: "aborted",
      doubt: false,
    });
    await expect(withDeadline(send, 5, { closing: open.signal, lost: over.signal }, call)).rejects.toMatchObject({
      code: "unreachable",
      doubt: false,
    });
    expect(called).toBe(false);
  });
});

test("the installed SDK has the internals that the adapter uses", () => {
  expect(() => checkSdkInternals()).not.toThrow();
});

test("a message that the library cannot decode does not end its connection", () => {
  captureReceivedBytes();
  const bad = joinSections([
    encodeMessage({ annotations: brokerAnnotations(1n, new Date(0)) }),
    encodeSection(SECTION.applicationProperties, Uint8Array.of(0xc1, 3, 2, 0x1f, 0x40)),
  ]);
  expect(rhea.message.decode(Buffer.from(bad)).message_annotations).toBeDefined();
});
