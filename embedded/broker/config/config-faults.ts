import { BrokerFault } from "../engine/broker-fault";
import { compileRule } from "../engine/compile-rule";
import type { ConfiguredNamespace } from "./emulator-config";

/** What is wrong between the entities of a configuration, or within their rules; one line each, empty when nothing is. */
export function faultsOf({ queues, topics }: ConfiguredNamespace): string[] {
  const faults: string[] = [];
  const names = new Set<string>();
  for (const { path } of [...queues, ...topics]) {
    if (names.has(path.toLowerCase())) faults.push(`✖ '${path}' twice: queues and topics share their names.`);
    names.add(path.toLowerCase());
  }
  const subscriptions = topics.flatMap((topic) => {
    const own = new Set<string>();
    return topic.subscriptions.map((subscription) => {
      const path = `${topic.path}/Subscriptions/${subscription.name}`;
      if (own.has(subscription.name.toLowerCase())) faults.push(`✖ '${path}' twice.`);
      own.add(subscription.name.toLowerCase());
      return { ...subscription, path };
    });
  });
  for (const { path, settings } of [...queues, ...subscriptions]) {
    for (const target of [settings.forwardTo, settings.forwardDeadLetteredMessagesTo]) {
      if (target !== null && !names.has(target.toLowerCase()))
        faults.push(`✖ '${path}' forwards to '${target}', which is no queue or topic of this configuration.`);
    }
  }
  for (const { path, rules } of subscriptions) {
    for (const rule of rules ?? []) {
      try {
        compileRule({ ...rule, createdAt: 0 });
      } catch (error) {
        if (!(error instanceof BrokerFault)) throw error;
        faults.push(`✖ Rule '${rule.name}' of '${path}': ${error.message}`);
      }
    }
  }
  return faults;
}
