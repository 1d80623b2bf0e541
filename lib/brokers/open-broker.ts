import { type Broker, BrokerError } from "./broker";
import { openServiceBus } from "./service-bus/service-bus-broker";
import type { ServiceBusConfig } from "./service-bus/service-bus-config";

/** Any configured namespace with the kind of its broker; the configuration's `NamespaceConfig` fits. */
export interface NamespaceToOpen extends ServiceBusConfig {
  readonly broker: string;
}

/** The broker of a namespace. Nothing is connected before the first call. */
export function openBroker(namespace: NamespaceToOpen): Broker {
  switch (namespace.broker) {
    case "service-bus":
      return openServiceBus(namespace);
    default:
      throw new BrokerError(
        "not-supported",
        `No broker of kind "${namespace.broker}" is known (namespace "${namespace.name}").`,
      );
  }
}
