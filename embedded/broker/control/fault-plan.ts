import * as z from "zod";
import { type Faults, PEEK_PAGE } from "../amqp/faults";
import { BrokerFault } from "../engine/broker-fault";
import type { Entity } from "../engine/entity";
import type { MessageQueue } from "../engine/message-queue";
import type { BrokerNamespace } from "../engine/namespace";
import { countsOf, type EntityCounts, NO_COUNTS } from "../http/descriptions";
import { CreditMeter, serverBusy } from "./credit-meter";

const where = { entity: z.string().min(1).optional(), times: z.int().positive().optional() };

/** One thing to do wrong. Without an entity it is done to every one; without `times`, until it is cleared. */
export const faultRequest = z.discriminatedUnion("fault", [
  z.strictObject({ fault: z.literal("server-busy"), ...where }),
  z.strictObject({ fault: z.literal("refuse-send"), condition: z.string(), description: z.string(), ...where }),
  z.strictObject({ fault: z.literal("cut-after-send"), ...where }),
  z.strictObject({ fault: z.literal("lose-lock"), ...where }),
  z.strictObject({ fault: z.literal("lose-settlement-reply"), ...where }),
  z.strictObject({ fault: z.literal("lose-management-reply"), operation: z.string().optional(), ...where }),
  z.strictObject({
    fault: z.literal("short-peek"),
    messages: z.int().positive(),
    times: z.int().positive().optional(),
  }),
  z.strictObject({
    fault: z.literal("slow-links"),
    delayMs: z.int().positive().max(60_000),
    times: z.int().positive().optional(),
  }),
  /** Counts stay as they are now, or read 0, as they do while the service throttles. */
  z.strictObject({ fault: z.literal("lag-counts"), read: z.enum(["frozen", "zero"]), ...where }),
]);

export type FaultRequest = z.infer<typeof faultRequest>;

/** `left`: how often it will strike yet; null: until it is cleared. */
export type ListedFault = FaultRequest & { readonly left: number | null; readonly struck: number };

interface PlannedFault {
  readonly request: FaultRequest;
  left: number;
  struck: number;
  /** Of each entity when the counts were frozen. One that came later had none. */
  readonly counts: ReadonlyMap<number, EntityCounts>;
}

/** The faults that tests have asked for, and the credit meter. */
export class FaultPlan implements Faults {
  readonly credits: CreditMeter;
  readonly #namespace: BrokerNamespace;
  #planned: PlannedFault[] = [];

  constructor(namespace: BrokerNamespace) {
    this.#namespace = namespace;
    this.credits = new CreditMeter(namespace.clock, namespace.name);
  }

  add(request: FaultRequest): void {
    const counts = new Map<number, EntityCounts>();
    if (request.fault === "lag-counts" && request.read === "frozen") {
      for (const entity of this.#entities()) counts.set(entity.id, countsOf(entity));
    }
    this.#planned.push({ request, left: request.times ?? Number.POSITIVE_INFINITY, struck: 0, counts });
  }

  clear(): void {
    this.#planned = [];
  }

  /** Those that are not used up; one that was has struck as often as it was told to. */
  list(): ListedFault[] {
    return this.#planned.map(({ request, left, struck }) => ({
      ...request,
      left: Number.isFinite(left) ? left : null,
      struck,
    }));
  }

  // Faults

  beforeSend(path: string, messages: number, filters: number): void {
    this.#refuseIfBusy(path);
    const refused = this.#take("refuse-send", path);
    if (refused) throw new BrokerFault(refused.condition as BrokerFault["condition"], refused.description);
    this.credits.demand(messages * (1 + filters));
  }

  cutAfterSend(path: string): boolean {
    return this.#take("cut-after-send", path) !== null;
  }

  loseLock(queue: MessageQueue): boolean {
    return this.#take("lose-lock", queue.path) !== null;
  }

  loseSettlementReply(queue: MessageQueue): boolean {
    return this.#take("lose-settlement-reply", queue.path) !== null;
  }

  beforeReceive(queue: MessageQueue): void {
    const entity = this.#namespace.byId(queue.entityId);
    this.#refuseIfBusy(queue.path, entity?.path ?? queue.path);
    this.credits.demand(0);
  }

  delivered(): void {
    this.credits.take(1);
  }

  peekPage(): number {
    return this.#take("short-peek", null)?.messages ?? PEEK_PAGE;
  }

  peeked(messages: number): void {
    this.credits.take(messages);
  }

  linkDelayMs(): number {
    return this.#take("slow-links", null)?.delayMs ?? 0;
  }

  beforeManagement(path: string, operation: string): void {
    this.#refuseIfBusy(path);
    this.credits.demand(operation === "com.microsoft:peek-message" ? 0 : 10);
  }

  loseManagementReply(path: string, operation: string): boolean {
    const planned = this.#planned.find(
      ({ request }) =>
        request.fault === "lose-management-reply" &&
        this.#matches(request, path) &&
        (request.operation === undefined || request.operation === operation),
    );
    if (planned === undefined) return false;
    this.#use(planned);
    return true;
  }

  beforeAdmin(path: string): void {
    this.#refuseIfBusy(path);
    this.credits.demand(10);
  }

  laggingCounts(entity: Entity): EntityCounts | null {
    const planned = this.#find("lag-counts", entity.path);
    if (planned === undefined) return null;
    this.#use(planned);
    return planned.counts.get(entity.id) ?? NO_COUNTS;
  }

  /** `paths`: all the names that what is asked for goes by (a sub-queue its own and its entity's). */
  #refuseIfBusy(...paths: string[]): void {
    for (const path of paths) if (this.#take("server-busy", path)) throw serverBusy(this.#namespace.name);
  }

  #take<F extends FaultRequest["fault"]>(fault: F, path: string | null): Extract<FaultRequest, { fault: F }> | null {
    if (this.#planned.length === 0) return null;
    const planned = this.#find(fault, path);
    if (planned === undefined) return null;
    this.#use(planned);
    return planned.request as Extract<FaultRequest, { fault: F }>;
  }

  #find(fault: FaultRequest["fault"], path: string | null): PlannedFault | undefined {
    return this.#planned.find(
      ({ request }) => request.fault === fault && (path === null || this.#matches(request, path)),
    );
  }

  #use(planned: PlannedFault): void {
    planned.left--;
    planned.struck++;
    if (planned.left <= 0) this.#planned = this.#planned.filter((other) => other !== planned);
  }

  #matches(request: FaultRequest, path: string): boolean {
    if (!("entity" in request) || request.entity === undefined) return true;
    return request.entity.toLowerCase() === path.toLowerCase();
  }

  #entities(): Entity[] {
    return this.#namespace
      .list()
      .flatMap<Entity>((entity) => (entity.kind === "topic" ? [entity, ...entity.subscriptions.values()] : [entity]));
  }
}
