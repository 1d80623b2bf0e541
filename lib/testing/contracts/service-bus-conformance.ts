import { describe } from "vitest";
import { administrationRules } from "./service-bus-conformance/administration";
import type { ConformanceTarget } from "./service-bus-conformance/bench";
import { movingRules } from "./service-bus-conformance/moving";
import { receivingRules } from "./service-bus-conformance/receiving";
import { sendingRules } from "./service-bus-conformance/sending";
import { sessionRules } from "./service-bus-conformance/sessions";
import { settlingRules } from "./service-bus-conformance/settling";
import { topicRules } from "./service-bus-conformance/topics";

/**
 * What a Service Bus client sees of a broker, rule by rule, through the unmodified client library. The same rules hold for the
 * embedded broker, Microsoft's emulator and a real namespace; what one cannot do is skipped, by name.
 */
export function describeServiceBusConformance(target: ConformanceTarget): void {
  describe(`Service Bus rules: ${target.name}`, () => {
    sendingRules(target);
    receivingRules(target);
    settlingRules(target);
    sessionRules(target);
    topicRules(target);
    movingRules(target);
    administrationRules(target);
  });
}
