import { randomUUID } from "node:crypto";
import type { MessageCodec } from "@/lib/brokers/broker";
import { type ExportFormat, type ExportQuery, MAX_EXPORTED } from "@/lib/contracts/exports";
import type { Actor } from "@/lib/domain/audit";
import { csvLine } from "@/lib/domain/csv";
import { payloadFieldsOf } from "@/lib/domain/filter/expression";
import { parseFilter } from "@/lib/domain/filter/parse-filter";
import type { Store } from "@/lib/store/ports";
import type { ChosenMessage } from "@/lib/store/ports/exports";
import { coverageOf } from "../search/search-coverage";
import { describeExported, describePayload, type ExportedPayload, type ExportedRecord } from "./describe-exported";
import { CHOOSING_SECONDS, requireFits, requireMayExport } from "./export-rules";

/** Messages read at a time: so many, or of so many bytes. */
const MOST_AT_ONCE = 500;
const BYTES_AT_ONCE = 4 * 1024 * 1024;

export interface Export {
  readonly id: string;
  readonly messages: number;
  /** Pieces of the file, each read from the database when it is asked for: its memory is that of one piece. */
  readonly pieces: AsyncGenerator<string, void, undefined>;
}

/**
 * The messages of a filter as a file, oldest first: those that match now, chosen in one statement and recorded in the audit before the first byte of it
 * is given out. What leaves its queue while the file is being made is in it all the same, with the time it left. Throws `AppError`
 * "forbidden" for payloads, or a filter about them, without the right to see them, and "unprocessable" for more than may be exported.
 */
export async function exportMessages(
  context: {
    readonly store: Store;
    readonly actor: Actor;
    readonly mayReadPayloads: boolean;
    readonly codecFor: (broker: string) => MessageCodec;
  },
  query: ExportQuery,
): Promise<Export> {
  const { store, actor, mayReadPayloads } = context;
  requireMayExport(query, mayReadPayloads);
  const { format, content, ...filter } = query;
  const at = await store.now();
  const id = randomUUID();
  const chosen = await store.transaction(async (tx) => {
    await tx.search.limitSeconds(CHOOSING_SECONDS);
    const messages = await tx.exports.choose(filter, at, MAX_EXPORTED + 1);
    requireFits(messages.length);
    const coverage = await coverageOf(tx, filter);
    await tx.audit.append([
      {
        actor,
        action: "messages.exported",
        subject: { kind: "export", id },
        ...(filter.queue === undefined ? {} : { queueId: filter.queue }),
        detail: {
          messages: messages.length,
          content,
          format,
          ...describeFilter(filter),
          ...(coverage === null ? {} : { notIndexed: coverage.pending, partlyIndexed: coverage.gaps }),
        },
      },
    ]);
    return messages;
  });
  return { id, messages: chosen.length, pieces: piecesOf(context, chosen, { format, content }) };
}

/** By what was asked, without the values: a payload's may stand in the filter. */
function describeFilter({ q, cause, reason, age, returned }: Omit<ExportQuery, "format" | "content" | "queue">) {
  const parsed = parseFilter(q ?? "");
  const asked = parsed.ok && parsed.expression !== null ? payloadFieldsOf(parsed.expression) : [];
  return {
    cause: cause ?? null,
    reason: reason ?? null,
    age: age ?? null,
    returned: returned ?? null,
    filtered: q !== undefined && q !== "",
    asked,
  };
}

async function* piecesOf(
  { store, codecFor }: { readonly store: Store; readonly codecFor: (broker: string) => MessageCodec },
  chosen: readonly ChosenMessage[],
  { format, content }: Pick<ExportQuery, "format" | "content">,
): AsyncGenerator<string, void, undefined> {
  if (format === "csv") yield `\uFEFF${csvLine([...FACTS, ...(content === "payloads" ? PAYLOAD : [])])}`;
  for (const ids of batches(chosen)) {
    let lines: string[] = [];
    let length = 0;
    for (const message of await store.exports.read(ids, content)) {
      const payload = content === "facts" ? null : await describePayload(message, codecFor(message.broker));
      const line = writeRecord(format, describeExported(message), payload);
      lines.push(line);
      length += line.length;
      // A body that was compressed is many times what was counted of it.
      if (length < BYTES_AT_ONCE) continue;
      yield lines.join("");
      lines = [];
      length = 0;
    }
    if (lines.length > 0) yield lines.join("");
  }
}

function* batches(chosen: readonly ChosenMessage[]): Generator<string[]> {
  let ids: string[] = [];
  let bytes = 0;
  for (const { id, size } of chosen) {
    if (ids.length > 0 && (ids.length >= MOST_AT_ONCE || bytes + size > BYTES_AT_ONCE)) {
      yield ids;
      ids = [];
      bytes = 0;
    }
    ids.push(id);
    bytes += size;
  }
  if (ids.length > 0) yield ids;
}

const FACTS = [
  "id",
  "namespace",
  "queue",
  "subQueue",
  "sequenceNumber",
  "messageId",
  "enqueuedAt",
  "firstSeenAt",
  "reason",
  "cause",
  "deliveryCount",
  "size",
  "bodySize",
  "contentType",
  "subject",
  "correlationId",
  "sessionId",
  "partitionKey",
  "returned",
  "leftAt",
] as const satisfies readonly (keyof ExportedRecord)[];
const PAYLOAD = [
  "description",
  "properties",
  "body",
  "bodyEncoding",
  "bodyNote",
] as const satisfies readonly (keyof ExportedPayload)[];

function writeRecord(format: ExportFormat, facts: ExportedRecord, payload: ExportedPayload | null): string {
  switch (format) {
    case "ndjson":
      return `${JSON.stringify({ ...facts, ...payload })}\n`;
    case "csv":
      return csvLine([
        ...FACTS.map((name) => facts[name]),
        ...(payload === null
          ? []
          : PAYLOAD.map((name) => {
              const value = payload[name];
              return typeof value === "string" || value === null ? value : JSON.stringify(value);
            })),
      ]);
  }
}
