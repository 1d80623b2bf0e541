import * as z from "zod";
import type { MovableClock } from "../clock";
import { parseAddress } from "../engine/address";
import { BrokerFault } from "../engine/broker-fault";
import { readMessageFacts } from "../engine/message-facts";
import type { BrokerNamespace } from "../engine/namespace";
import { sequenceNumberOf } from "../engine/sequence-number";
import type { HttpAnswer, HttpHandler, HttpRequest } from "../http/http-server";
import { type FaultPlan, faultRequest } from "./fault-plan";
import type { BrokerRecord } from "./record";

/** The last millisecond that .NET ticks and ISO dates of four-digit years can say. */
const LATEST_TIME = Date.parse("9999-12-31T23:59:59.999Z");

const clockRequest = z.strictObject({ advanceMs: z.int().positive() });
const creditsRequest = z.strictObject({ perSecond: z.int().positive().nullable() });
const entityRequest = z.strictObject({ entity: z.string().min(1) });

const seedRequest = z.strictObject({
  /** A queue or a topic; with `deadLetter` a queue or "topic/Subscriptions/name". */
  entity: z.string().min(1),
  messages: z.array(
    z.strictObject({
      /** The encoded AMQP message in Base64. */
      message: z.base64(),
      /** ISO-8601; now when it is left out. */
      enqueuedAt: z.iso.datetime({ offset: true }).optional(),
      deliveryCount: z.int().min(0).optional(),
      /** Puts the message into the dead-letter queue. */
      deadLetter: z
        .strictObject({ reason: z.string().nullable(), description: z.string().nullable().optional() })
        .optional(),
    }),
  ),
});

/** What the control port acts on. */
export interface ControlContext {
  readonly namespace: BrokerNamespace;
  readonly record: BrokerRecord;
  readonly faults: FaultPlan;
  /** Null when the clock was given by the caller and cannot be moved from here. */
  readonly clock: MovableClock | null;
  /** Answers how many there were. */
  cutConnections(): number;
}

/** The control port: for the sample's seeding and for tests only. */
export function controlHandler(context: ControlContext): HttpHandler {
  const { namespace, record, faults } = context;
  return (request) => {
    switch (`${request.method} ${request.url.pathname}`) {
      case "POST /seed":
        return withBody(request, seedRequest, (body) => seed(namespace, body));
      case "GET /record": {
        const entity = request.url.searchParams.get("entity");
        const { forgotten, entries } = record.entries();
        return json(200, {
          forgotten,
          entries: entity === null ? entries : entries.filter((entry) => entry.entity === entity),
        });
      }
      case "POST /reset-record":
        record.reset();
        return json(200, {});
      case "POST /faults":
        return withBody(request, faultRequest, (body) => {
          faults.add(body);
          return json(200, {});
        });
      case "GET /faults":
        return json(200, { faults: faults.list() });
      case "DELETE /faults":
        faults.clear();
        return json(200, {});
      case "POST /credits":
        return withBody(request, creditsRequest, ({ perSecond }) => {
          faults.credits.limit(perSecond);
          return json(200, {});
        });
      case "GET /credits":
        return json(200, faults.credits.reading);
      case "POST /clock": {
        const { clock } = context;
        if (clock === null) return json(409, { error: "The clock cannot be moved: it was given to the broker." });
        return withBody(request, clockRequest, ({ advanceMs }) => {
          if (clock.now() + advanceMs > LATEST_TIME)
            return json(400, { error: "advanceMs leads beyond the year 9999, where time ends in the protocol." });
          clock.advance(advanceMs);
          return json(200, { now: clock.now() });
        });
      }
      case "GET /clock":
        return json(200, { now: namespace.now() });
      case "POST /cut-connections":
        return json(200, { cut: context.cutConnections() });
      case "POST /vanish":
        return withBody(request, entityRequest, ({ entity }) => {
          namespace.delete(namespace.get(entity));
          return json(200, {});
        });
      case "GET /health":
        return json(200, { status: "healthy" });
      default:
        return json(404, { error: "There is no such address on the control port." });
    }
  };
}

function withBody<T>(request: HttpRequest, schema: z.ZodType<T>, act: (body: T) => HttpAnswer): HttpAnswer {
  const parsed = schema.safeParse(parseJson(request.body));
  if (!parsed.success) return json(400, { error: z.prettifyError(parsed.error) });
  try {
    return act(parsed.data);
  } catch (error) {
    if (error instanceof BrokerFault) return json(400, { error: `${error.condition}: ${error.message}` });
    throw error;
  }
}

function seed(namespace: BrokerNamespace, body: z.infer<typeof seedRequest>): HttpAnswer {
  const address = parseAddress(body.entity);
  if (address.kind !== "entity" || address.role !== "main") {
    return json(400, { error: "The entity is a queue, a topic or a subscription." });
  }
  const entity = namespace.get(address.path);
  const keys = body.messages.map(({ message, enqueuedAt, deliveryCount = 0, deadLetter }) => {
    const bytes = Buffer.from(message, "base64");
    const at = enqueuedAt === undefined ? namespace.now() : Date.parse(enqueuedAt);
    const reason = deadLetter ? { reason: deadLetter.reason, description: deadLetter.description ?? null } : null;
    return namespace.routing.seed(entity, { bytes, facts: readMessageFacts(bytes), at, deliveryCount }, reason);
  });
  return json(200, { sequenceNumbers: keys.map((key) => sequenceNumberOf(key).toString()) });
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

function json(status: number, body: unknown): HttpAnswer {
  return { status, contentType: "application/json", body: JSON.stringify(body) };
}
