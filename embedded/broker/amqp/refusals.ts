import { BrokerFault } from "../engine/broker-fault";
import type { Right } from "./authority";
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

/** Neither a node that the broker makes up (dynamic) nor a link for messages to anywhere is served. */
export function noAddress(terminus: "source" | "target"): BrokerFault {
  return new BrokerFault("amqp:invalid-field", `The ${terminus} of the link has no address.`);
}

/** The service detaches the links of a token that has run out, and expects them to be opened again with a new one. */
export function tokenRanOut(link: string, right: Right, resource: string): BrokerFault {
  return new BrokerFault(
    "amqp:link:detach-forced",
    `The link '${link}' is force detached. Code: RenewToken. Details: Unauthorized access. '${right}' claim(s) are required to perform this operation. Resource: '${resource}'.`,
  );
}
