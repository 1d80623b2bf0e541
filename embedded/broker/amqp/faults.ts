import type { MessageQueue } from "../engine/message-queue";
import type { AdminFaults } from "../http/admin";
import type { SendFaults } from "./incoming-link";
import type { ManagementLimits } from "./management/operation";
import type { DeliveryFaults } from "./outgoing-link";

/** Everything that tests can make the broker do wrong; without a test it does none of it. */
export interface Faults extends AdminFaults, SendFaults, DeliveryFaults, ManagementLimits {
  /** Throws `BrokerFault` when the request is to be refused now. */
  beforeManagement(path: string, operation: string): void;
  /** How long what the broker writes to a client is held back, in ms. */
  linkDelayMs(): number;
  /** True: the operation was carried out but its answer is never sent. */
  loseManagementReply(path: string, operation: string): boolean;
}

/** About as many messages as the service answers one peek with. */
export const PEEK_PAGE = 250;

export const NO_FAULTS: Faults = {
  linkDelayMs: () => 0,
  beforeReceive() {},
  delivered() {},
  peeked() {},
  beforeSend() {},
  cutAfterSend: () => false,
  loseSettlementReply: (_queue: MessageQueue) => false,
  loseLock: (_queue: MessageQueue) => false,
  peekPage: () => PEEK_PAGE,
  beforeManagement() {},
  beforeAdmin() {},
  laggingCounts: () => null,
  loseManagementReply: () => false,
};
