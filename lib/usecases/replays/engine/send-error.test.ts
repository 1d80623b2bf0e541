import { describe, expect, it } from "vitest";
import { BrokerError } from "@/lib/brokers/broker";
import { judgeOpening, judgeSendError } from "./send-error";

describe("what is said while a replay waits for its target", () => {
  it.each([
    ["a send", judgeSendError, false],
    ["opening the link", judgeOpening, true],
  ] as const)("of a broker that was busy at %s says that, and not that the target cannot be reached", (_, judge, reopen) => {
    const busy = new BrokerError("server-busy", "The namespace is being throttled. Error code: 50009.");
    expect(judge(busy, "orders")).toEqual({ kind: "later", words: "the broker is busy", reopen });
  });

  it("of a link that could not be opened for want of an answer says that the target cannot be reached", () => {
    for (const error of [
      new BrokerError("unreachable", "connection refused"),
      new BrokerError("timeout", "connection refused"),
      new Error("connection refused"),
    ]) {
      expect(judgeOpening(error, "orders")).toEqual({
        kind: "later",
        words: "orders cannot be reached: connection refused",
        reopen: true,
      });
    }
  });

  it.each([
    ["entity-not-found", "orders does not exist in the namespace: no"],
    ["unauthorized", "the credentials may not send to orders: no"],
  ] as const)("R11: of %s is the same, whether it is met at a send or when the link is opened", (code, words) => {
    for (const judge of [judgeSendError, judgeOpening]) {
      expect(judge(new BrokerError(code, "no"), "orders")).toEqual({ kind: "refused-target", words });
    }
  });
});
