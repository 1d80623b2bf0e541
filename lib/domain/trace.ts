/** Trace context as the W3C writes it, and as client libraries of Service Bus carry it in an application property. */

/** Properties that carry the trace, the newer name first. */
const TRACE_PROPERTIES = ["traceparent", "Diagnostic-Id"] as const;
/** version, trace id, parent id, flags: https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})(?:-[0-9a-f]{2})?$/i;
const NO_TRACE = /^0+$/;

export interface Trace {
  /** The property that it is from, as it is spelled there. */
  readonly property: string;
  readonly traceId: string;
  readonly spanId: string;
}

export function isTraceProperty(name: string): boolean {
  return TRACE_PROPERTIES.some((known) => known.toLowerCase() === name.toLowerCase());
}

/** The trace that a message belongs to; null when it carries none that can be read. */
export function findTrace(properties: readonly { readonly name: string; readonly value: string }[]): Trace | null {
  for (const known of TRACE_PROPERTIES) {
    const property = properties.find(({ name }) => name.toLowerCase() === known.toLowerCase());
    const [, traceId = "", spanId = ""] = TRACEPARENT.exec(property?.value ?? "") ?? [];
    if (property !== undefined && traceId !== "" && !NO_TRACE.test(traceId)) {
      return { property: property.name, traceId: traceId.toLowerCase(), spanId: spanId.toLowerCase() };
    }
  }
  return null;
}
