import { BrokerFault } from "../engine/broker-fault";
import type { RheaReceiver, RheaSender } from "./rhea-internals";

/** The attach is answered without a terminus and the link closed with the reason. */
export function refuse(link: RheaSender | RheaReceiver, fault: BrokerFault): void {
  if (link.is_sender()) link.local.attach.source = undefined;
  else link.local.attach.target = undefined;
  link.close({ condition: fault.condition, description: fault.message });
}

export function forwarded(path: string, target: string): BrokerFault {
  return new BrokerFault(
    "amqp:not-allowed",
    `Cannot create a message receiver on '${path}': its messages are forwarded to '${target}'.`,
  );
}
