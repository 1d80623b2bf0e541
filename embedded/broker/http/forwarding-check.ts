import { BrokerFault } from "../engine/broker-fault";
import type { BrokerNamespace } from "../engine/namespace";
import type { ConsumerSettings } from "../engine/settings";

/** Whether an entity may forward as its settings say. Throws `BrokerFault` argument-error, as the service answers 400. */
export function checkForwarding(namespace: BrokerNamespace, settings: ConsumerSettings): void {
  const { forwardTo, forwardDeadLetteredMessagesTo, requiresSession } = settings;
  if (requiresSession && forwardTo !== null) {
    throw new BrokerFault("com.microsoft:argument-error", "SubCode=40000. An entity with sessions cannot forward.");
  }
  for (const target of [forwardTo, forwardDeadLetteredMessagesTo]) {
    if (target === null) continue;
    const entity = namespace.find(target);
    if (entity === null || entity.kind === "subscription") {
      throw new BrokerFault(
        "com.microsoft:argument-error",
        `SubCode=40400. The auto forwarding destination entity '${target}' does not exist.`,
      );
    }
  }
}
