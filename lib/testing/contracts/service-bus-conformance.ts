import { afterAll, describe, expect, test } from "vitest";
import { administrationRules } from "./service-bus-conformance/administration";
import { authorityRules } from "./service-bus-conformance/authority";
import { CONTRACT } from "./service-bus-conformance/contract";
import { deadLetterRules } from "./service-bus-conformance/dead-letters";
import { deferralRules } from "./service-bus-conformance/deferral";
import { duplicateRules } from "./service-bus-conformance/duplicates";
import { expiryRules } from "./service-bus-conformance/expiry";
import { filterRules } from "./service-bus-conformance/filters";
import { forwardingRules } from "./service-bus-conformance/forwarding";
import { listAndCountRules } from "./service-bus-conformance/lists-and-counts";
import { lockRules } from "./service-bus-conformance/locks";
import { managementCallRules } from "./service-bus-conformance/management-calls";
import { messageBytesRules } from "./service-bus-conformance/message-bytes";
import { partitionRules } from "./service-bus-conformance/partitions";
import { peekingRules } from "./service-bus-conformance/peeking";
import { receivingRules } from "./service-bus-conformance/receiving";
import { refusalRules } from "./service-bus-conformance/refusals";
import { RuleBook } from "./service-bus-conformance/rule-book";
import { ruleOverAmqpRules } from "./service-bus-conformance/rules-over-amqp";
import { ruleOverHttpRules } from "./service-bus-conformance/rules-over-http";
import { schedulingRules } from "./service-bus-conformance/scheduling";
import { sendingRules } from "./service-bus-conformance/sending";
import { sessionLockRules } from "./service-bus-conformance/session-locks";
import { sessionRules } from "./service-bus-conformance/sessions";
import { settlingRules } from "./service-bus-conformance/settling";
import { subscribingRules } from "./service-bus-conformance/subscribing";
import type { ConformanceTarget } from "./service-bus-conformance/target";
import { topicRules } from "./service-bus-conformance/topics";

/**
 * What a Service Bus client sees of a broker, rule by rule, through the unmodified client library. The same rules hold for the
 * embedded broker, Microsoft's emulator and a real namespace; what one cannot do is skipped, by name, listed at the end and
 * counted. `guarded` is a broker that checks tokens, where that is another one.
 */
export function describeServiceBusConformance(
  target: ConformanceTarget,
  guarded: ConformanceTarget = target,
): RuleBook {
  const book = new RuleBook(target);
  describe(`Service Bus rules: ${target.name}`, () => {
    for (const rules of [
      sendingRules,
      schedulingRules,
      messageBytesRules,
      receivingRules,
      subscribingRules,
      peekingRules,
      settlingRules,
      lockRules,
      deadLetterRules,
      deferralRules,
      expiryRules,
      sessionRules,
      sessionLockRules,
      topicRules,
      filterRules,
      ruleOverAmqpRules,
      ruleOverHttpRules,
      forwardingRules,
      duplicateRules,
      partitionRules,
      administrationRules,
      listAndCountRules,
      refusalRules,
      managementCallRules,
    ])
      rules(book);
    authorityRules(book, guarded);

    test("every row of the contract has rules, and every rule stands in a row", () => {
      const named = CONTRACT.flatMap(({ rules }) => rules);
      expect(named.filter((name) => !book.names.includes(name))).toEqual([]);
      expect(book.names.filter((name) => !named.includes(name))).toEqual([]);
      expect(CONTRACT.filter(({ rules, elsewhere }) => rules.length === 0 && elsewhere === undefined)).toEqual([]);
    });

    afterAll(() => {
      process.stdout.write(`${book.summary()}\n`);
    });
  });
  return book;
}
