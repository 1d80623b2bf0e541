import * as z from "zod";
import { MAX_FILTER_LENGTH, parseFilter } from "@/lib/domain/filter/parse-filter";
import { decimalId, isoTime, pageOf, queueId, storableText } from "./common";
import { ageBucket, queueSummary } from "./queues";

/** A filter in its language (docs/search.md); what cannot be read is refused with the place of it. */
export const filterText = storableText
  .trim()
  .max(MAX_FILTER_LENGTH)
  .superRefine((text, issues) => {
    const parsed = parseFilter(text);
    if (!parsed.ok)
      issues.addIssue({ code: "custom", message: `At character ${parsed.error.from + 1}: ${parsed.error.message}` });
  });

/** What narrows a list, wherever it is. */
export const narrowing = z.object({
  q: filterText.optional(),
  reason: storableText.max(1024).optional(),
  age: ageBucket.optional(),
  /** Only copies of earlier replays that came back. */
  returned: z.enum(["yes", "no"]).optional(),
});

/** How much of what is there the search knows: the rest is not indexed yet, or not wholly. */
export const searchCoverage = z.object({
  /** Dead letters that are there; 0 where all of them are searched wholly, since nothing is to be said then. */
  present: z.number().int(),
  /** Of these, not indexed yet. */
  pending: z.number().int(),
  /** Of these, indexed but for a part: a body that is not kept, too long or not decodable. */
  gaps: z.number().int(),
});
export type SearchCoverage = z.infer<typeof searchCoverage>;

/** URL state and query of the message list; what a replay of a filter starts from. */
export const deadLetterFilter = narrowing.extend({ queue: queueId, cause: decimalId.optional() });
export type DeadLetterFilter = z.infer<typeof deadLetterFilter>;

/** A filter over one queue or over all of them. */
export const deadLetterSearch = narrowing.extend({ queue: queueId.optional(), cause: decimalId.optional() });
export type DeadLetterSearch = z.infer<typeof deadLetterSearch>;

export const DEAD_LETTER_SORTS = ["oldest", "newest", "largest", "most-deliveries"] as const;
export type DeadLetterSort = (typeof DEAD_LETTER_SORTS)[number];
export const deadLetterQuery = deadLetterSearch.extend({
  sort: z.enum(DEAD_LETTER_SORTS).default("oldest"),
  cursor: storableText.max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(100),
});
export type DeadLetterQuery = z.infer<typeof deadLetterQuery>;

/** Facts without payload. */
export const deadLetterRow = z.object({
  id: decimalId,
  /** Where it lies: for lists over all queues. */
  queue: z.object({ id: z.number().int(), entityPath: z.string() }),
  key: z.string(),
  messageId: z.string().nullable(),
  enqueuedAt: isoTime,
  /** Of the first of the messages that it is a copy of; its own when it is none. */
  rootEnqueuedAt: isoTime,
  firstSeenAt: isoTime,
  reason: z.string(),
  /** Null when the role may not see payloads and the description might carry payload text. */
  description: z.string().nullable(),
  deliveryCount: z.number().int(),
  size: z.number().int(),
  contentType: z.string().nullable(),
  subject: z.string().nullable(),
  correlationId: z.string().nullable(),
  sessionId: z.string().nullable(),
  edited: z.boolean(),
  /** The live or latest replay that has it. */
  replay: z
    .object({ id: z.uuid(), state: z.string(), itemState: z.string(), outcome: z.string().nullable() })
    .nullable(),
  /** The replay whose copy this is. */
  returnedFrom: z.object({ replayId: z.uuid(), itemId: z.uuid() }).nullable(),
  leftAt: isoTime.nullable(),
  leftHow: z.string().nullable(),
});
export type DeadLetterRow = z.infer<typeof deadLetterRow>;

export const deadLetterPage = pageOf(deadLetterRow).extend({
  /** All that match, over every page. */
  total: z.number().int(),
  /** "estimate": too many to count for a page; planning a replay counts them. */
  totalIs: z.enum(["exact", "estimate"]),
  /** Present when the filter reads the search index. */
  coverage: searchCoverage.nullable(),
  at: isoTime,
});
export type DeadLetterPage = z.infer<typeof deadLetterPage>;

/** In which queues the messages of a filter lie, those with most first. */
export const queueBreakdown = z.object({
  items: z.array(
    z.object({
      queue: z.object({
        id: z.number().int(),
        namespace: z.string(),
        entityPath: z.string(),
        subQueue: queueSummary.shape.subQueue,
      }),
      messages: z.number().int(),
    }),
  ),
  /** All of them, named or not; and their messages. */
  queues: z.number().int(),
  messages: z.number().int(),
  /** "estimate": told from a sample; queues with few of these messages may be missing. */
  countsAre: z.enum(["exact", "estimate"]),
  at: isoTime,
});
export type QueueBreakdown = z.infer<typeof queueBreakdown>;

export const lineageEntry = z.object({
  replayId: z.uuid(),
  itemId: z.uuid(),
  state: z.string(),
  outcome: z.string().nullable(),
  sentAt: isoTime.nullable(),
  returnedAt: isoTime.nullable(),
  startedBy: z.string().nullable(),
  edited: z.boolean(),
});

export const deadLetterDetail = z.object({
  at: isoTime,
  row: deadLetterRow,
  queue: z.object({
    id: z.number().int(),
    namespace: z.string(),
    entityPath: z.string(),
    subQueue: z.string(),
    originPath: z.string(),
  }),
  causeId: decimalId,
  signature: z.string(),
  partitionKey: z.string().nullable(),
  deadLetterSource: z.string().nullable(),
  bodySize: z.number().int(),
  /** Of its traceparent or Diagnostic-Id; null also for roles that may not see properties. */
  trace: z.object({ property: z.string(), traceId: z.string(), spanId: z.string() }).nullable(),
  /** Into the tracing tool, as configured. */
  traceLinks: z.array(z.object({ label: z.string(), url: z.url() })),
  /** Replays of this message and of the messages it is a copy of, newest first. */
  lineage: z.array(lineageEntry),
});
export type DeadLetterDetail = z.infer<typeof deadLetterDetail>;

export const typedProperty = z.object({ name: z.string(), type: z.string(), value: z.string() });
export type TypedPropertyWire = z.infer<typeof typedProperty>;

export const propertyChange = z.union([
  z
    .object({
      name: storableText.min(1).max(1024),
      set: z.object({ type: z.string(), value: storableText.max(65_536) }),
    })
    .strict(),
  z.object({ name: storableText.min(1).max(1024), remove: z.literal(true) }).strict(),
]);

/** The body for the eye and the editor. `text` where it is text in its charset, else Base64. */
export const bodyView = z.object({
  kind: z.enum(["data", "value", "sequence", "none"]),
  encoding: z.enum(["text", "base64", "rendered"]),
  /** text: exact characters; base64: the bytes; rendered: typed structure as text, not editable. */
  content: z.string(),
  /** "json" | "xml" | "text" | "binary", by content type and by sniffing. */
  language: z.enum(["json", "xml", "text", "binary"]),
  /** How it was made readable, a sentence a step: "Decompressed from gzip, …"; empty: it is shown as it came. */
  decoding: z.array(z.string()),
  /** Why it does not parse as what its content type says; null when it does. */
  parseError: z.string().nullable(),
  bytes: z.number().int(),
  /** The content is cut at this many bytes for the view; null: whole. A cut body cannot be edited. */
  cutAt: z.number().int().nullable(),
  editable: z.boolean(),
  notEditableBecause: z.string().nullable(),
});
export type BodyView = z.infer<typeof bodyView>;

export const editView = z.object({
  id: z.uuid(),
  version: z.number().int(),
  /** Null: body unchanged. */
  body: z.object({ encoding: z.enum(["text", "base64"]), content: z.string() }).nullable(),
  properties: z.array(propertyChange),
  createdAt: isoTime,
  createdBy: z.string(),
});
export type EditView = z.infer<typeof editView>;

/** How fetching a message stands that is larger than what is kept; "none": nobody has asked, or it was dropped again. */
export const contentFetchView = z.object({
  state: z.enum(["none", "wanted", "fetching", "fetched", "failed"]),
  error: z.string().nullable(),
});
export type ContentFetchView = z.infer<typeof contentFetchView>;

/** Null content: the body was larger than what is kept; facts and replay work all the same. */
export const payload = z.object({
  deadLetterId: decimalId,
  kept: z.boolean(),
  notKeptBecause: z.string().nullable(),
  /** A worker is fetching it from the broker: ask for its content-fetch, then read the payload again. */
  beingFetched: z.boolean(),
  body: bodyView.nullable(),
  header: z.array(typedProperty),
  annotations: z.array(typedProperty),
  messageProperties: z.array(typedProperty),
  applicationProperties: z.array(typedProperty),
  edit: editView.nullable(),
});
export type Payload = z.infer<typeof payload>;

/** PUT an edit. `baseVersion`: the version the editor started from, 0 for none; another one in between is a conflict. */
export const saveEdit = z
  .object({
    baseVersion: z.number().int().min(0),
    body: z
      .object({ encoding: z.enum(["text", "base64"]), content: z.string().max(4_000_000) })
      .strict()
      .nullable(),
    properties: z.array(propertyChange).max(500),
    /** Saving text that no longer parses as JSON, although the content type says JSON, needs this. */
    allowInvalid: z.boolean().default(false),
  })
  .strict();
export type SaveEdit = z.infer<typeof saveEdit>;

/** Query of a withdrawal: the version that is withdrawn. */
export const withdrawEdit = z.object({ version: z.coerce.number().int().min(1).max(2_147_483_647) });
