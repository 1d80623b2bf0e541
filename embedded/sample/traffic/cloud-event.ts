import { type Json, readExactJson, writeJson } from "./exact-json";
import { type PropertyValue, type SampleMessage, text } from "./message";
import { hexOf, uuidOf } from "./random";

/** A CloudEvents 1.0 event in structured JSON. The data is what the sender claims it to be: consumers trust it, and some fail for it. */
export interface CloudEvent<Data> {
  readonly specversion: "1.0";
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: "application/json";
  readonly dataschema: string;
  readonly traceparent: string;
  readonly data: Data;
}

export interface NewEvent<Data> {
  readonly to: string;
  /** Short type, also the message's subject: "payment.captured". */
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly schemaVersion: number;
  readonly data: Data;
  readonly properties: Readonly<Record<string, PropertyValue>>;
  readonly sessionId?: string;
}

const TYPE_PREFIX = "com.example.shop.";

/** The first event of a flow; `key` makes its id and trace. */
export function firstEvent<Data>(event: NewEvent<Data>, key: string, at: Date): SampleMessage {
  return toMessage(event, uuidOf(key, event.type), hexOf(32, key, "trace"), at);
}

/** An event caused by another: same trace, and an id that follows from the cause's, so that processing twice sends the same. */
export function causedEvent<Data>(event: NewEvent<Data>, cause: CloudEvent<unknown>, at: Date): SampleMessage {
  const trace = /^00-([0-9a-f]{32})-/.exec(cause.traceparent)?.[1] ?? hexOf(32, cause.id, "trace");
  return toMessage(event, uuidOf(cause.id, event.type), trace, at);
}

/** Throws a SyntaxError for what is no JSON. */
export function readEvent<Data>(body: Buffer): CloudEvent<Data> {
  return readExactJson(body.toString("utf8")) as CloudEvent<Data>;
}

function toMessage<Data>(event: NewEvent<Data>, id: string, trace: string, at: Date): SampleMessage {
  const traceparent = `00-${trace}-${hexOf(16, id, "span")}-01`;
  const cloudEvent: CloudEvent<Data> = {
    specversion: "1.0",
    id,
    source: event.source,
    type: `${TYPE_PREFIX}${event.type}`,
    subject: event.subject,
    time: at.toISOString(),
    datacontenttype: "application/json",
    dataschema: `https://schemas.shop.example/${event.type}/v${event.schemaVersion}`,
    traceparent,
    data: event.data,
  };
  return {
    to: event.to,
    messageId: id,
    subject: event.type,
    contentType: "application/cloudevents+json; charset=utf-8",
    correlationId: event.subject,
    sessionId: event.sessionId ?? null,
    timeToLive: null,
    properties: { ...event.properties, traceparent: text(traceparent), "Diagnostic-Id": text(traceparent) },
    body: Buffer.from(writeJson(cloudEvent as unknown as Json), "utf8"),
  };
}
