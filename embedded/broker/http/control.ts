import * as z from "zod";
import { parseAddress } from "../engine/address";
import { BrokerFault } from "../engine/broker-fault";
import { readMessageFacts } from "../engine/message-facts";
import type { BrokerNamespace } from "../engine/namespace";
import { sequenceNumberOf } from "../engine/sequence-number";
import type { HttpAnswer, HttpHandler, HttpRequest } from "./http-server";
import type { BrokerRecord } from "./record";

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

/** The control port: for the sample's seeding and for tests only. */
export function controlHandler(namespace: BrokerNamespace, record: BrokerRecord): HttpHandler {
  return (request) => {
    switch (`${request.method} ${request.url.pathname}`) {
      case "POST /seed":
        return seed(namespace, request);
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
      case "GET /health":
        return json(200, { status: "healthy" });
      default:
        return json(404, { error: "There is no such address on the control port." });
    }
  };
}

function seed(namespace: BrokerNamespace, request: HttpRequest): HttpAnswer {
  const parsed = seedRequest.safeParse(parseJson(request.body));
  if (!parsed.success) return json(400, { error: z.prettifyError(parsed.error) });
  try {
    const address = parseAddress(parsed.data.entity);
    if (address.kind !== "entity" || address.role !== "main")
      return json(400, { error: "The entity is a queue, a topic or a subscription." });
    const entity = namespace.get(address.path);
    const numbers = parsed.data.messages.map(({ message, enqueuedAt, deliveryCount = 0, deadLetter }) => {
      const bytes = Buffer.from(message, "base64");
      const facts = readMessageFacts(bytes);
      const at = enqueuedAt === undefined ? namespace.now() : Date.parse(enqueuedAt);
      return namespace.routing.seed(
        entity,
        { bytes, facts, at, deliveryCount },
        deadLetter ? { reason: deadLetter.reason, description: deadLetter.description ?? null } : null,
      );
    });
    return json(200, { sequenceNumbers: numbers.map((key) => sequenceNumberOf(key).toString()) });
  } catch (error) {
    if (error instanceof BrokerFault) return json(400, { error: `${error.condition}: ${error.message}` });
    throw error;
  }
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
