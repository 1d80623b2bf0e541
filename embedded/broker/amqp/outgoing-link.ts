import type { AmqpValue } from "@/lib/amqp/values";
import { BrokerFault, messageLockLost } from "../engine/broker-fault";
import type { Consumer } from "../engine/consumer";
import type { MessageQueue } from "../engine/message-queue";
import type { MessageLock, MessageRecord } from "../engine/message-record";
import { setProperties } from "../engine/property-changes";
import type { Session } from "../engine/session";
import { deliveryBytes } from "./delivery-bytes";
import {
  ACCEPTED,
  type DispositionWriter,
  dispositionsOf,
  type Outcome,
  REJECTED,
  rejectedWith,
} from "./disposition-writer";
import { outcomeField } from "./outcomes";
import { windowOf } from "./raw-transfers";
import type { RheaDelivery, RheaSender } from "./rhea-internals";

const SETTLE_FIRST = 1;

/** What the link asks before it acts, so that tests can make it fail (lost locks, lost replies, slow links). */
export interface DeliveryFaults {
  /** Throws `BrokerFault` when receives are to be refused now (throttled); the link is closed with it. */
  beforeReceive(queue: MessageQueue): void;
  /** True: the settlement is carried out but its reply never sent. */
  loseSettlementReply(queue: MessageQueue): boolean;
  /** True: the lock counts as lost. */
  loseLock(queue: MessageQueue): boolean;
  /** A message was handed to the client. */
  delivered(): void;
}

/** A link on which a client receives from one queue, or one session of it. */
export class OutgoingLink implements Consumer {
  readonly receiveAndDelete: boolean;
  readonly queue: MessageQueue;
  session: Session | null = null;
  readonly #sender: RheaSender;
  readonly #faults: DeliveryFaults;
  readonly #dispositions: DispositionWriter;
  readonly #stopped: () => void;
  readonly #locks = new Map<RheaDelivery, MessageLock>();
  /** Delivery ids handed to rhea and perhaps not written yet; rhea lowers the credit only when it writes. */
  #unwritten: number[] = [];
  #closed = false;

  /** `stopped` is called once, when nothing is delivered on the link any more. */
  constructor(sender: RheaSender, queue: MessageQueue, faults: DeliveryFaults, stopped: () => void) {
    this.#sender = sender;
    this.queue = queue;
    this.#faults = faults;
    this.#stopped = stopped;
    this.#dispositions = dispositionsOf(sender.session);
    this.receiveAndDelete = sender.snd_settle_mode === SETTLE_FIRST;
  }

  /** Starts to deliver. The link has been answered and, for a session, granted. */
  start(session: Session | null): void {
    const sender = this.#sender;
    this.session = session;
    if (session === null) this.queue.addConsumer(this);
    sender.on("sender_flow", () => this.#asked());
    sender.on("sendable", () => this.#wants());
    sender.on("sender_draining", () => this.#drain());
    sender.on("accepted", (context) =>
      this.#settle(asDelivery(context.delivery), (lock) => this.queue.complete(lock), ACCEPTED),
    );
    sender.on("rejected", (context) => {
      const delivery = asDelivery(context.delivery);
      this.#settle(delivery, (lock) => this.#deadLetter(lock, delivery), REJECTED);
    });
    sender.on("modified", (context) => {
      const delivery = asDelivery(context.delivery);
      this.#settle(delivery, (lock) => this.#modify(lock, delivery), ACCEPTED);
    });
    sender.on("released", (context) =>
      this.#settle(asDelivery(context.delivery), (lock) => this.queue.release(lock), ACCEPTED),
    );
    this.#wants();
  }

  /** The link, its session or its connection is gone. Locks stay with their messages until they run out. */
  stop(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.session === null) this.queue.removeConsumer(this);
    else this.queue.sessions.leave(this.session, this);
    this.#locks.clear();
    this.#stopped();
  }

  // Consumer

  capacity(): number {
    if (this.#closed || !this.#sender.is_open()) return 0;
    const { outgoing } = this.#sender.session;
    const written = outgoing.next_pending_delivery;
    if (this.#unwritten.length > 0 && (this.#unwritten[0] as number) < written) {
      this.#unwritten = this.#unwritten.filter((id) => id >= written);
    }
    const credit = this.#sender.credit - this.#unwritten.length;
    if (credit <= 0) return 0;
    return Math.min(credit, outgoing.available(), windowOf(this.#sender.session));
  }

  deliver(record: MessageRecord, lock: MessageLock | null): void {
    const bytes = deliveryBytes(record, lock === null ? null : lock.until);
    const tag = lock === null ? Buffer.from(record.queue.messages.size.toString(16).padStart(16, "0")) : lock.token;
    const delivery = this.#sender.send(bytes, tag, 0) as unknown as RheaDelivery;
    this.#unwritten.push(delivery.id);
    this.#faults.delivered();
    if (lock !== null) this.#locks.set(delivery, lock);
  }

  sessionLost(session: Session): void {
    this.#sender.close({
      condition: "com.microsoft:session-lock-lost",
      description: `The session lock has expired on the MessageSession. Accept a new MessageSession. Session: '${session.id}'.`,
    });
    this.stop();
  }

  /** Closes the link with a reason that the client is told. */
  closeWith(fault: BrokerFault): void {
    this.#sender.close({ condition: fault.condition, description: fault.message });
    this.stop();
  }

  /** The client gave credit: a receive begins. */
  #asked(): void {
    if (this.capacity() <= 0) return;
    try {
      this.#faults.beforeReceive(this.queue);
    } catch (error) {
      if (!(error instanceof BrokerFault)) throw error;
      this.closeWith(error);
      return;
    }
    this.#wants();
  }

  #wants(): void {
    if (this.#closed || this.capacity() <= 0) return;
    if (this.session === null) this.queue.wants(this);
    else this.queue.wantsSession(this.session);
  }

  /** Delivers what there is, then takes the rest of the credit away and says so. */
  #drain(): void {
    if (this.#closed) return;
    this.#wants();
    const sender = this.#sender;
    sender._get_drain = () => {
      if (!sender._draining) return false;
      const left = this.#unwritten.filter((id) => id >= sender.session.outgoing.next_pending_delivery).length;
      while (sender.credit > left) {
        sender.delivery_count++;
        sender.credit--;
      }
      sender._draining = false;
      return true;
    };
    sender.issue_flow = true;
  }

  #settle(delivery: RheaDelivery, act: (lock: MessageLock) => void, done: Outcome): void {
    const lock = this.#locks.get(delivery);
    if (lock === undefined) {
      this.#dispositions.settleOutgoing(delivery, rejectedWith(messageLockLost()));
      return;
    }
    this.#locks.delete(delivery);
    let state = done;
    try {
      if (this.#faults.loseLock(this.queue)) this.queue.abandon(lock);
      act(lock);
    } catch (error) {
      if (!(error instanceof BrokerFault)) throw error;
      state = rejectedWith(error);
    }
    if (this.#faults.loseSettlementReply(this.queue)) return;
    this.#dispositions.settleOutgoing(delivery, state);
  }

  #deadLetter(lock: MessageLock, delivery: RheaDelivery): void {
    // rejected { error { condition, description, info } }: the SDK puts reason, description and properties into info.
    const error = outcomeField(delivery, 0);
    const fields = error.type === "described" && error.value.type === "list" ? error.value.items : [];
    const entries = textEntries(fields[2]);
    const text = (name: string): string | null => {
      const value = entries.find(([key]) => key === name)?.[1];
      return value?.type === "string" ? value.value : null;
    };
    const properties = entries.filter(([key]) => key !== "DeadLetterReason" && key !== "DeadLetterErrorDescription");
    this.queue.deadLetter(lock, {
      reason: text("DeadLetterReason"),
      description: text("DeadLetterErrorDescription"),
      ...(properties.length > 0 ? { properties: setProperties(properties) } : {}),
    });
  }

  #modify(lock: MessageLock, delivery: RheaDelivery): void {
    const undeliverableHere = outcomeField(delivery, 1);
    const entries = textEntries(outcomeField(delivery, 2));
    const changes = entries.length > 0 ? setProperties(entries) : undefined;
    if (undeliverableHere.type === "boolean" && undeliverableHere.value) this.queue.defer(lock, changes);
    else this.queue.abandon(lock, changes);
  }
}

function asDelivery(delivery: unknown): RheaDelivery {
  return delivery as RheaDelivery;
}

/** Entries of a map whose keys are text. */
export function textEntries(value: AmqpValue | undefined): (readonly [string, AmqpValue])[] {
  if (value?.type !== "map") return [];
  const entries: (readonly [string, AmqpValue])[] = [];
  for (const [key, entry] of value.entries) {
    if (key.type === "string" || key.type === "symbol") entries.push([key.value, entry]);
  }
  return entries;
}
